/* SPDX-License-Identifier: Apache-2.0 */
/* The look of the status page, light and dark, from phone to wall screen. Private to
 * exporter/status_page.c. */

#ifndef EXPORTER_STATUS_PAGE_STYLE_H
#define EXPORTER_STATUS_PAGE_STYLE_H

extern const char status_page_style[];

#endif
