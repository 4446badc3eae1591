package io.flowcore.worker.ingest.file;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A file that has been received completely.
 *
 * @param spooled its content
 * @param size its size in bytes
 * @param checksum SHA-256 of the content, in lowercase hexadecimal
 * @param fields the other fields of the form, which every part repeats
 */
record Upload(
    UploadSpool.Spooled spooled,
    String fileId,
    String fileName,
    String fileType,
    long size,
    String checksum,
    ObjectNode fields) {}
