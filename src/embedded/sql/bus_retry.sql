UPDATE messages
SET visible_at = ?2,
    failures = failures + 1,
    parked_because = CASE WHEN failures + 1 >= ?3 THEN ?4 END
WHERE id = ?1
RETURNING parked_because IS NOT NULL
