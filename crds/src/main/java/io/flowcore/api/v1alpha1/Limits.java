package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/** Limits for requests and events. Sizes count bytes after decompression, for example 64Ki. */
public record Limits(
    @Size(min = 1, max = 16)
        @Pattern(Patterns.SIZE)
        @JsonPropertyDescription(
            "Maximum size of an event, in bytes of JSON. Default: 64Ki. Maximum: 1Mi. Changes apply by live"
                + " reload.")
        String maxEventSize,
    @Min(1)
        @Max(100_000)
        @JsonPropertyDescription(
            "Maximum number of events in a batch. Default: 10000. Changes apply by live reload.")
        Integer maxBatchEvents,
    @Size(min = 1, max = 16)
        @Pattern(Patterns.SIZE)
        @JsonPropertyDescription(
            "Maximum size of a request body with JSON. Default: 16Mi. Maximum: 256Mi. Changes apply by live"
                + " reload.")
        String maxRequestSize,
    @Size(min = 1, max = 16)
        @Pattern(Patterns.SIZE)
        @JsonPropertyDescription(
            "Maximum size of an uploaded file. Default: 1Gi. Maximum: 64Gi. Changes apply by live reload.")
        String maxFileSize,
    @Size(min = 2, max = 40)
        @Pattern(Patterns.DURATION)
        @JsonPropertyDescription(
            "Maximum distance of an event time into the future. Default: 1h. Maximum: 1d. Changes apply by live"
                + " reload.")
        String maxFutureSkew,
    @Size(min = 2, max = 40)
        @Pattern(Patterns.DURATION)
        @JsonPropertyDescription(
            "Maximum distance of an event time into the past, for example 30d. Each hour of event time is an"
                + " object in the archive, so a limit keeps a faulty sender from creating very many. Default: no"
                + " limit. Minimum: 1m. Maximum: 36500d. Changes apply by live reload. They do not affect stored"
                + " events.")
        String maxPastAge) {}
