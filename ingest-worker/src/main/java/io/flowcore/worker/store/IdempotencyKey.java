package io.flowcore.worker.store;

/**
 * What tells that a request is another attempt of one that was made before.
 *
 * @param key 32 bytes that stand for the sender's own key and its scope
 * @param digest 32 bytes that stand for all that the request says
 * @param expiresAtSecond epoch second until which it is remembered
 */
public record IdempotencyKey(byte[] key, byte[] digest, long expiresAtSecond) {}
