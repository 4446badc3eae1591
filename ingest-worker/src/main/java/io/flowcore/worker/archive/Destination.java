package io.flowcore.worker.archive;

/** An event type and the archive of its data core. */
public record Destination(ArchivedType type, ColdArchive cold) {}
