# SPDX-License-Identifier: Apache-2.0
"""What librdkafka can do to a Kafka cluster but its Python binding of Debian 12 cannot.

Types and values are those of <librdkafka/rdkafka.h>."""

import ctypes
import ctypes.util

from .support import MissingComponent

PRODUCER = 0
TOPIC, GROUP, CLUSTER = 2, 3, 4
LITERAL, PREFIXED = 3, 4
RESOURCES = {"topic": TOPIC, "group": GROUP, "cluster": CLUSTER}
OPERATIONS = {"any": 1, "all": 2, "read": 3, "write": 4, "create": 5, "delete": 6, "alter": 7,
              "describe": 8, "cluster_action": 9, "describe_configs": 10, "alter_configs": 11}
ANY_PATTERN, ANY_PERMISSION, ALLOW = 1, 1, 3
TIMEOUT_MS = 20_000
TEXT_BYTES = 512

Pointer = ctypes.c_void_p
Text = ctypes.c_char_p
Int = ctypes.c_int
Size = ctypes.c_size_t

# Name → (result, arguments).
FUNCTIONS = {
    "conf_new": (Pointer, ()),
    "conf_set": (Int, (Pointer, Text, Text, Text, Size)),
    "new": (Pointer, (Int, Pointer, Text, Size)),
    "destroy": (None, (Pointer,)),
    "queue_new": (Pointer, (Pointer,)),
    "queue_destroy": (None, (Pointer,)),
    "queue_poll": (Pointer, (Pointer, Int)),
    "event_destroy": (None, (Pointer,)),
    "event_error": (Int, (Pointer,)),
    "event_error_string": (Text, (Pointer,)),
    "error_string": (Text, (Pointer,)),
    "err2str": (Text, (Int,)),
    "topic_partition_list_new": (Pointer, (Int,)),
    "topic_partition_list_destroy": (None, (Pointer,)),
    "topic_partition_list_add": (Pointer, (Pointer, Text, ctypes.c_int32)),
    "topic_partition_list_set_offset": (Int, (Pointer, Text, ctypes.c_int32, ctypes.c_int64)),
    "DeleteRecords_new": (Pointer, (Pointer,)),
    "DeleteRecords_destroy": (None, (Pointer,)),
    "DeleteRecords": (None, (Pointer, Pointer, Size, Pointer, Pointer)),
    "AclBinding_new": (Pointer, (Int, Text, Int, Text, Text, Int, Int, Text, Size)),
    "AclBindingFilter_new": (Pointer, (Int, Text, Int, Text, Text, Int, Int, Text, Size)),
    "AclBinding_destroy": (None, (Pointer,)),
    "CreateAcls": (None, (Pointer, Pointer, Size, Pointer, Pointer)),
    "DeleteAcls": (None, (Pointer, Pointer, Size, Pointer, Pointer)),
    "event_CreateAcls_result": (Pointer, (Pointer,)),
    "CreateAcls_result_acls": (Pointer, (Pointer, Pointer)),
    "acl_result_error": (Pointer, (Pointer,)),
}


def load():
    name = ctypes.util.find_library("rdkafka")
    if name is None:
        raise MissingComponent("librdkafka is missing: tests/install-dependencies installs it")
    library = ctypes.CDLL(name)
    for function, (result, arguments) in FUNCTIONS.items():
        symbol = getattr(library, "rd_kafka_" + function)
        symbol.restype, symbol.argtypes = result, arguments
    return library


class Admin:
    """A connection for a `with` block."""

    def __init__(self, bootstrap):
        self.library = load()
        self.text = ctypes.create_string_buffer(TEXT_BYTES)
        settings = self.call("conf_new")
        for name, value in (("bootstrap.servers", bootstrap), ("log_level", "0")):
            assert self.call("conf_set", settings, name.encode(), value.encode(), self.text,
                             TEXT_BYTES) == 0, self.text.value
        self.handle = self.call("new", PRODUCER, settings, self.text, TEXT_BYTES)
        assert self.handle, self.text.value
        self.queue = self.call("queue_new", self.handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.call("queue_destroy", self.queue)
        self.call("destroy", self.handle)

    def call(self, name, *arguments):
        return getattr(self.library, "rd_kafka_" + name)(*arguments)

    def ask(self, name, items, look=None):
        """One request about some items; `look` sees the answer's event."""
        array = (Pointer * len(items))(*items)
        self.call(name, self.handle, array, len(items), None, self.queue)
        event = self.call("queue_poll", self.queue, TIMEOUT_MS)
        assert event, f"{name} was not answered"
        try:
            assert self.call("event_error", event) == 0, self.call("event_error_string", event)
            if look:
                look(event)
        finally:
            self.call("event_destroy", event)

    def delete_records(self, topic, before):
        parts = self.call("topic_partition_list_new", len(before))
        for number, offset in before.items():
            self.call("topic_partition_list_add", parts, topic.encode(), number)
            self.call("topic_partition_list_set_offset", parts, topic.encode(), number, offset)
        request = self.call("DeleteRecords_new", parts)
        self.call("topic_partition_list_destroy", parts)
        self.ask("DeleteRecords", [request])
        self.call("DeleteRecords_destroy", request)

    def allow(self, principal, *rules):
        """Each rule: (kind of resource, its name, operation); a name's `*` at the end: a prefix."""
        self.ask("CreateAcls", [self.binding(principal, *rule) for rule in rules], self.check)

    def forbid(self, principal):
        """Takes all that was allowed away."""
        binding = self.call("AclBindingFilter_new", 1, None, ANY_PATTERN,
                            f"User:{principal}".encode(), None, OPERATIONS["any"], ANY_PERMISSION,
                            self.text, TEXT_BYTES)
        assert binding, self.text.value
        self.ask("DeleteAcls", [binding])

    def binding(self, principal, kind, name, operation):
        prefix = len(name) > 1 and name.endswith("*")
        binding = self.call("AclBinding_new", RESOURCES[kind],
                            (name[:-1] if prefix else name).encode(),
                            PREFIXED if prefix else LITERAL, f"User:{principal}".encode(), b"*",
                            OPERATIONS[operation], ALLOW, self.text, TEXT_BYTES)
        assert binding, self.text.value
        return binding

    def check(self, event):
        count = Size()
        results = self.call("CreateAcls_result_acls", self.call("event_CreateAcls_result", event),
                            ctypes.byref(count))
        for result in (Pointer * count.value).from_address(results):
            error = self.call("acl_result_error", result)
            assert not error, self.call("error_string", error)
