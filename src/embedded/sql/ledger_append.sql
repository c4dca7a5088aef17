INSERT INTO events (pk, sk, prev_digest, digest, envelope, payload)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
