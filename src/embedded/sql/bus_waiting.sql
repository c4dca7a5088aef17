SELECT id, visible_at FROM messages WHERE parked_because IS NULL ORDER BY visible_at
