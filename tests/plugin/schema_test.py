#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON document keeps to its published schema, which scripts rely on."""
import copy
import json
import pathlib
import unittest

import jsonschema

import wireshark

SCHEMA = json.loads((pathlib.Path(__file__).parent / "pmtu-json.schema.json").read_text(encoding="utf-8"))


def faults(document):
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(document)]


class Schema(unittest.TestCase):

    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_documents_keep_to_it(self):
        for capture in wireshark.captures():
            with self.subTest(capture=capture.name):
                self.assertEqual(faults(wireshark.document(capture)), [])

    def test_it_refuses_what_is_wrong(self):
        sound = wireshark.document(wireshark.CAPTURES / "seed-appliance.pcapng")
        self.assertEqual(faults(sound), [])
        for key, wrong in {"verdict": "guilty", "source": "10.1.0", "first_frame": 0, "stall_seconds": "13"}.items():
            document = copy.deepcopy(sound)
            document["conversations"][0][key] = wrong
            self.assertEqual(len(faults(document)), 1, key)
            del document["conversations"][0][key]
            self.assertEqual(len(faults(document)), 1, key)


if __name__ == "__main__":
    unittest.main()
