/** Routes, request bodies and error answers. */
package io.flowcore.worker.http;
