package io.flowcore.worker.store;

/**
 * Identifies a request, so that a repeated attempt is recognized.
 *
 * @param key a digest of the client's key and its scope, 32 bytes
 * @param digest of the whole request, 32 bytes
 * @param expiresAtSecond the epoch second at which the key expires
 */
public record IdempotencyKey(byte[] key, byte[] digest, long expiresAtSecond) {}
