UPDATE messages SET parked_because = ?2 WHERE id = ?1
