SELECT id, body, failures FROM messages
WHERE parked_because IS NULL AND visible_at <= ?1
ORDER BY id
