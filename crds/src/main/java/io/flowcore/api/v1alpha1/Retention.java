package io.flowcore.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;

/** How long events stay in hot storage. */
public record Retention(
    @Size(min = 2, max = 40)
        @Pattern(Patterns.DURATION)
        @JsonPropertyDescription(
            "How long an event stays in hot storage when its sender names no TTL: 5d, 12h, 30m, 45s or a compound such"
                + " as 1d12h. Left out: the data core's value, then 5d. Changing it: live reload; stored events keep"
                + " the TTL they came with.")
        String hot,
    @Size(min = 2, max = 40)
        @Pattern(Patterns.DURATION)
        @JsonPropertyDescription(
            "The longest TTL that a sender may ask for. Left out: the data core's value, then 7d. Changing it: live"
                + " reload.")
        String maxTtl) {}
