UPDATE messages SET visible_at = 0, failures = 0 WHERE id = ?1
