SELECT id, body FROM notices ORDER BY id
