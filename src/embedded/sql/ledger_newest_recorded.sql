SELECT max(json_extract(CAST(envelope AS TEXT), '$.recorded_at')) FROM events
