package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/** Time that events stay in the hot store. */
public record Retention(
    @Size(min = 2, max = 40)
        @Pattern(Patterns.DURATION)
        @JsonPropertyDescription(
            "Time that an event stays in the hot store if its sender sets no TTL: 5d, 12h, 30m, 45s or a compound"
                + " such as 1d12h. Default: the data core's value, else 5d. Changes apply by live reload. Stored"
                + " events keep the TTL that they were accepted with.")
        String hot,
    @Size(min = 2, max = 40)
        @Pattern(Patterns.DURATION)
        @JsonPropertyDescription(
            "Maximum TTL that a sender may set. Default: the data core's value, else 7d. An event type cannot set"
                + " more than its data core. Changes apply by live reload.")
        String maxTtl) {}
