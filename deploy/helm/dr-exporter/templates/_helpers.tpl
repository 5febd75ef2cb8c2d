{{- /* SPDX-License-Identifier: Apache-2.0 */ -}}
{{- define "dr-exporter.name" -}}
{{- $name := .Release.Name }}
{{- if not (contains "dr-exporter" $name) }}
{{- $name = printf "%s-dr-exporter" $name }}
{{- end }}
{{- $name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "dr-exporter.selector" -}}
app.kubernetes.io/name: dr-exporter
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "dr-exporter.labels" -}}
{{ include "dr-exporter.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "dr-exporter.asksThisCluster" -}}
{{- with .Values.roles }}
{{- not (empty (or .capacity .velero .cloudNativePg)) }}
{{- end }}
{{- end }}
