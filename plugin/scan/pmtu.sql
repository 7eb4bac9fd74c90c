-- SPDX-License-Identifier: GPL-2.0-or-later
-- Questions to the output of pmtu-scan, for SQLite (3.38 or later) and DuckDB alike. README.md says how to load it into
-- the table pmtu_lines (line): one line of NDJSON a row.

CREATE VIEW pmtu AS
SELECT (line ->> '$.file') AS file,
       (line ->> '$.source') AS source,
       (line ->> '$.destination') AS destination,
       (line ->> '$.verdict') AS verdict,
       (line ->> '$.reporter') AS reporter,
       CAST(line ->> '$.path_mtu' AS INTEGER) AS path_mtu,
       CAST(line ->> '$.ignored_packets' AS INTEGER) AS ignored_packets,
       CAST(line ->> '$.stall_seconds' AS REAL) AS stall_seconds,
       (line ->> '$.error') AS error
FROM pmtu_lines;

-- Worst senders
SELECT source, count(*) AS directions, sum(ignored_packets) AS ignored, round(sum(stall_seconds), 1) AS stalled
FROM pmtu WHERE verdict IN ('ignoring', 'probably_ignoring')
GROUP BY source ORDER BY ignored DESC, source LIMIT 20;

-- Worst paths
SELECT source, destination, count(*) AS directions, round(sum(stall_seconds), 1) AS stalled
FROM pmtu WHERE verdict IN ('ignoring', 'probably_ignoring', 'black_hole_suspected', 'black_hole_confirmed', 'black_hole_receiver')
GROUP BY source, destination ORDER BY stalled DESC, source, destination LIMIT 20;

-- First seen: files of a ring buffer sort by time
SELECT source, verdict, min(file) AS first_seen, count(DISTINCT file) AS files
FROM pmtu WHERE verdict IS NOT NULL
GROUP BY source, verdict ORDER BY first_seen, source, verdict LIMIT 20;

-- MTU by reporter
SELECT reporter, path_mtu, count(*) AS directions
FROM pmtu WHERE reporter IS NOT NULL
GROUP BY reporter, path_mtu ORDER BY reporter, path_mtu;

-- What could not be read
SELECT file, error FROM pmtu WHERE error IS NOT NULL ORDER BY file;
