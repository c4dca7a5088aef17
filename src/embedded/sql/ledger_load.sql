SELECT sk, prev_digest, digest, envelope, payload FROM events WHERE pk = ?1 ORDER BY sk
