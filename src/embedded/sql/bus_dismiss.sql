DELETE FROM notices WHERE id = ?1
