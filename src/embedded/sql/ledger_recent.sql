SELECT DISTINCT pk FROM events WHERE id > (SELECT coalesce(max(id), 0) FROM events) - ?1
