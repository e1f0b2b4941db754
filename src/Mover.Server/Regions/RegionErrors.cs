using Mover.Core.Arm;

namespace Mover.Server.Regions;

/// <summary>Refusals of regions.</summary>
internal static class RegionErrors
{
    /// <summary>503: the region that serves does not answer, and this one only reads.</summary>
    public static ArmError RegionUnavailable(string region, string own, DateTimeOffset? completeAt, TimeSpan retryAfter) =>
        new(503, "RegionUnavailable", $"The region '{region}' serves this estate and does not answer. '{own}' "
            + (completeAt is { } at ? $"reads from its copy of {at:u}" : "has no whole copy yet")
            + $". Wait until '{region}' is back, or run 'mover region failover --unplanned {region}'.", RetryAfter: retryAfter);

    /// <summary>503: the region hands over to its pair, or has just taken over.</summary>
    public static ArmError RegionMoving() =>
        new(503, "RegionMoving", "The service moves between this region and its pair. Nothing was done. Repeat the request.",
            RetryAfter: TimeSpan.FromSeconds(1));

    /// <summary>502: the other region broke off an answer.</summary>
    public static ArmError ForwardingFailed(string region) =>
        new(502, "ForwardingFailed", $"The region '{region}' was given the request and did not answer it. Read before you repeat a write.",
            RetryAfter: TimeSpan.FromSeconds(1));

    /// <summary>403: metadata goes to the pair alone.</summary>
    public static ArmError NotThePair(string caller, string own) =>
        new(403, "RegionNotPaired", $"'{own}' is not paired with '{PrintedText.Of(caller, 64)}', or that is in another geography. Nothing "
            + "is given to it.");

    /// <summary>409: the state is not served here, or not in that epoch.</summary>
    public static ArmError NotTheSource(string own) =>
        new(409, "RegionNotServing", $"'{own}' does not serve that state in that epoch.");

    /// <summary>410: changes that are not kept.</summary>
    public static ArmError HistoryGone() => new(410, "HistoryGone", "Changes since that revision are not kept any more.");

    /// <summary>409: there is no pair.</summary>
    public static ArmError NoPair(string own) =>
        new(409, "RegionNotPaired", $"'{own}' has no pair. Start its servers with --pair REGION=https://HOST:PORT.");

    /// <summary>409: a fail-over that is not possible as things are.</summary>
    public static ArmError FailoverRefused(string code, string why) => new(409, code, why);

    /// <summary>400: a request that does not say which region is lost.</summary>
    public static ArmError NotTheHolder(string said, string holder) =>
        new(400, "RegionMismatch", $"'{PrintedText.Of(said, 64)}' does not serve; '{holder}' does. Name the region that is lost.",
            "region");
}
