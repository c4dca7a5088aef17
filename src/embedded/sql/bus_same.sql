SELECT id FROM messages WHERE body = ?1 AND parked_because IS NULL
