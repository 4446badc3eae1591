package io.flowcore.worker.ingest;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A file that has been received as a whole.
 *
 * @param spooled its content
 * @param size its bytes
 * @param checksum SHA-256 of the content, lower-case hexadecimal
 * @param fields what else the sender gave, for every part
 */
record Upload(
    SpoolFolder.Spooled spooled,
    String fileId,
    String fileName,
    String fileType,
    long size,
    String checksum,
    ObjectNode fields) {}
