SELECT id, body, failures, parked_because FROM messages
WHERE parked_because IS NOT NULL
ORDER BY id
