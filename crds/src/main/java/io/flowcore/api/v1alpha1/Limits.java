package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/** What a sender may send. Sizes count bytes after decompression: 64Ki, 10Mi. */
public record Limits(
    @Size(min = 1, max = 16)
        @Pattern(Patterns.SIZE)
        @JsonPropertyDescription(
            "Largest event, in bytes of JSON. Left out: 64Ki; at most 1Mi. Changing it: live reload.")
        String maxEventSize,
    @Min(1)
        @Max(100_000)
        @JsonPropertyDescription(
            "Most events in a batch. Left out: 10000. Changing it: live reload.")
        Integer maxBatchEvents,
    @Size(min = 1, max = 16)
        @Pattern(Patterns.SIZE)
        @JsonPropertyDescription(
            "Largest body of a request with JSON. Left out: 16Mi; at most 256Mi. Changing it: live reload.")
        String maxRequestSize,
    @Size(min = 1, max = 16)
        @Pattern(Patterns.SIZE)
        @JsonPropertyDescription(
            "Largest uploaded file. Left out: 1Gi; at most 64Gi. Changing it: live reload.")
        String maxFileSize,
    @Size(min = 2, max = 40)
        @Pattern(Patterns.DURATION)
        @JsonPropertyDescription(
            "How far in the future an event time may lie. Left out: 1h; at most 1d. Changing it: live reload.")
        String maxFutureSkew) {}
