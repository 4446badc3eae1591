/**
 * Authentication and authorization with webhook keys, before the request is looked at any further.
 */
package io.flowcore.worker.auth;
