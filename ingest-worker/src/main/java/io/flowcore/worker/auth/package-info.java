/** Who may do what: webhook keys, checked before anything is looked up. */
package io.flowcore.worker.auth;
