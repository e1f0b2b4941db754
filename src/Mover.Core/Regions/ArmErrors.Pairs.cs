namespace Mover.Core.Arm;

/// <summary>Refusals of a region and its pair; the codes are Mover's own.</summary>
public static partial class ArmErrors
{
    /// <summary>503: the region that serves does not answer, and this one only reads.</summary>
    /// <param name="region">The region that serves.</param>
    /// <param name="own">This one.</param>
    /// <param name="completeAt">What the copy holds all of; null for none.</param>
    /// <param name="retryAfter">When to ask again.</param>
    public static ArmError RegionUnavailable(string region, string own, DateTimeOffset? completeAt, TimeSpan retryAfter) =>
        new(503, "RegionUnavailable", $"The region '{region}' serves this estate but does not respond. '{own}' "
            + (completeAt is { } at ? $"reads from its copy of {at:u}" : "has no complete copy yet")
            + $". Wait until '{region}' is back, or run 'mover region failover --unplanned {region}'.", RetryAfter: retryAfter);

    /// <summary>503: the service is on its way from one region to the other.</summary>
    public static ArmError RegionMoving() =>
        new(503, "RegionMoving", "The service is moving between this region and its pair. Nothing was changed. Retry the request.",
            RetryAfter: TimeSpan.FromSeconds(1));

    /// <summary>503: a region that is cut off does not know whether it still serves.</summary>
    public static ArmError RegionIsolated(string own, string pair, TimeSpan retryAfter) =>
        new(503, "RegionIsolated", $"Neither the witness nor '{pair}' confirms that '{own}' serves: it may be cut off, and '{pair}' may "
            + $"have taken over. Nothing was changed. Send the request to '{pair}', or retry later.", RetryAfter: retryAfter);

    /// <summary>503: a server that would go on when the others of its region stop.</summary>
    public static ArmError WitnessNotAsked(string own, TimeSpan retryAfter) =>
        new(503, "WitnessNotAsked", $"Other servers of '{own}' use a witness, but this one does not, so it may not serve. Nothing was "
            + "changed. Use another server of the region, or start this one with --witness.", RetryAfter: retryAfter);

    /// <summary>503: writes wait for the pair's copy, which is too far behind.</summary>
    public static ArmError CopyBehind(string own, string pair, TimeSpan silence, TimeSpan lagMax, TimeSpan retryAfter) =>
        new(503, "CopyBehind", $"'{pair}' has not confirmed a copy for {silence.TotalSeconds:F0} s, and '{own}' does not acknowledge "
            + $"writes that its copy does not hold within {lagMax.TotalSeconds:0.###} s (--max-lag). Nothing was changed. "
            + "See: mover region status.",
            RetryAfter: retryAfter);

    /// <summary>409: a standby does not promise to leave the service where it is.</summary>
    public static ArmError NotPromised(string own) =>
        new(409, "NotPromised", $"'{own}' is not a standby of that state in that epoch, or the requested time cannot be promised.");

    /// <summary>409: nobody can say that the other region has stopped.</summary>
    public static ArmError WitnessUnreachable(string pair, string? why) =>
        new(409, "WitnessUnreachable", $"The witness does not respond, so it is unknown whether '{pair}' still serves. {why} Wait for the "
            + $"witness. If '{pair}' is certainly down: mover region failover --unplanned {pair} --force.");

    /// <summary>409: the other region has the right to serve.</summary>
    public static ArmError RegionHasRight(string pair, TimeSpan lease) =>
        new(409, "RegionHasRight", $"According to the witness, '{pair}' serves. Within {lease.TotalSeconds:F0} s of its loss it no "
            + "longer does, and this region can take over. Retry then, or use --force to take over anyway.");

    /// <summary>409: somebody has served since in a later epoch than the one that was copied.</summary>
    public static ArmError CopyOfOlderEpoch(string own, long epoch, string last, long lastEpoch) =>
        new(409, "CopyOfOlderEpoch", $"The copy in '{own}' is of epoch {epoch}, but '{last}' has since served in epoch {lastEpoch}; "
            + $"writes of that epoch are missing from it. Bring '{last}' back, or use --force to take over and lose them.");

    /// <summary>409: this region has promised not to take over.</summary>
    public static ArmError RegionPromised(string own, string pair, TimeSpan lease) =>
        new(409, "RegionPromised", $"'{own}' has promised not to take over from '{pair}', which serves but cannot reach the witness. "
            + $"The promise expires {lease.TotalSeconds:F0} s after the last request of '{pair}'. Retry then, "
            + "or use --force to take over anyway.");

    /// <summary>502: the other region was given a request and broke off.</summary>
    public static ArmError ForwardingFailed(string region) =>
        new(502, "ForwardingFailed", $"The request was forwarded to region '{region}', which did not respond. Before you retry a write, "
            + "read the resource: the write may have succeeded.",
            RetryAfter: TimeSpan.FromSeconds(1));

    /// <summary>403: a state goes to the pair alone.</summary>
    public static ArmError RegionNotPaired(string caller, string own) =>
        new(403, "RegionNotPaired", $"'{own}' is not paired with '{Shown(caller)}', or '{Shown(caller)}' is in another geography. "
            + "It gets no data.");

    /// <summary>409: a state is not served here, or not in that epoch.</summary>
    public static ArmError RegionNotServing(string own) =>
        new(409, "RegionNotServing", $"'{own}' does not serve that state in that epoch.");

    /// <summary>410: changes that are not kept.</summary>
    public static ArmError HistoryGone() => new(410, "HistoryGone", "Changes since that revision are no longer available.");

    /// <summary>409: there is nothing to fail over to.</summary>
    public static ArmError RegionHasNoPair(string own) =>
        new(409, "RegionHasNoPair", $"'{own}' has no pair. Start its servers with --pair REGION=https://HOST:PORT.");

    /// <summary>409: the region that is to take over serves already.</summary>
    public static ArmError RegionIsServing(string own, long epoch) =>
        new(409, "RegionIsServing", $"'{own}' already serves, in epoch {epoch}. Only its pair can take over; "
            + "run the command against the pair.");

    /// <summary>409: there is no copy to serve.</summary>
    public static ArmError CopyNotWhole(string own, string holder) =>
        new(409, "CopyNotWhole", $"'{own}' has no complete copy of the state that '{holder}' serves, so it cannot serve.");

    /// <summary>409: what differs is not known before the copy of what is served is whole.</summary>
    public static ArmError DivergedNotKnown(string own, string holder) =>
        new(409, "CopyNotWhole", $"'{own}' is still copying the state that '{holder}' serves and cannot list differences until the copy "
            + "is complete. To follow it: mover region status.");

    /// <summary>409: a loss is rehearsed where the copy is.</summary>
    public static ArmError DrillIsForStandby(string own, string pair) =>
        new(409, "RegionIsServing", $"'{own}' serves, so it does not hold the copy that a drill needs. Run the drill against '{pair}' "
            + "when it is the standby: mover region status.");

    /// <summary>409: one drill at a time.</summary>
    public static ArmError DrillUnderWay(string own) =>
        new(409, "DrillUnderWay", $"A drill is running in '{own}', or one was interrupted within the last 10 s. Retry in 10 s.");

    /// <summary>409: a drill needs room for a copy of its own.</summary>
    public static ArmError DrillHasNoRoom(string folder, string needed, string free) =>
        new(409, "DrillHasNoRoom", $"A drill needs {needed} of disk space under '{Shown(folder)}', but only {free} are free. Nothing "
            + "was written. Free some space and retry.");

    /// <summary>409: a drill is the standby's work, and it does not answer.</summary>
    public static ArmError StandbyUnreachable(string pair) =>
        new(409, "RegionUnreachable", $"'{pair}' does not respond, and the drill has to run there. See: mover region status.");

    /// <summary>409: a copy is too far behind for a move that stops writes until it has caught up.</summary>
    public static ArmError CopyTooOld(TimeSpan age, TimeSpan ageMax) =>
        new(409, "CopyTooOld", $"The copy is {age.TotalSeconds:F0} s behind; a planned failover needs it within "
            + $"{ageMax.TotalSeconds:F0} s. Wait and check: mover region status.");

    /// <summary>409: a region that does not answer hands nothing over.</summary>
    public static ArmError RegionUnreachable(string pair) =>
        new(409, "RegionUnreachable", $"'{pair}' does not respond, and a planned failover needs both regions. If '{pair}' is lost: "
            + $"mover region failover --unplanned {pair}.");

    /// <summary>409: neither region serves, so neither hands over.</summary>
    public static ArmError PairIsStandby(string pair) =>
        new(409, "PairIsStandby", $"'{pair}' is a standby too. If this copy should serve: mover region failover --unplanned {pair}.");

    /// <summary>409: the region that serves did not stop.</summary>
    public static ArmError RegionNotDrained(string pair, string why) =>
        new(409, "RegionNotDrained", $"'{pair}' did not hand over. {why}");

    /// <summary>409: the copy was not whole in time.</summary>
    public static ArmError CopyNotCaughtUp(string pair, long revision, TimeSpan waited, TimeSpan resumes) =>
        new(409, "CopyNotCaughtUp", $"The copy did not reach revision {revision} within {waited.TotalSeconds:F0} s. '{pair}' serves "
            + $"again now, or {resumes.TotalSeconds:F0} s after it was drained if it could not be reached. Retry then.");

    /// <summary>409: another server of the standby takes over.</summary>
    public static ArmError RegionMoveUnderWay(string own) =>
        new(409, "RegionMoveUnderWay", $"'{own}' is already taking over. See: mover region status.");

    /// <summary>409: a region that is said to be lost answers.</summary>
    public static ArmError RegionAnswers(string pair) =>
        new(409, "RegionAnswers", $"'{pair}' responds and serves. Run mover region failover to move without loss, or use --force to "
            + "take over anyway.");

    /// <summary>409: the role changed while this one was about to change it.</summary>
    public static ArmError RegionRoleChanged() =>
        new(409, "RegionRoleChanged", "Another request changed the region's role at the same time. See: mover region status.");

    /// <summary>400: a request names a region that does not serve.</summary>
    public static ArmError RegionMismatch(string said, string holder) =>
        new(400, "RegionMismatch", $"'{Shown(said)}' does not serve; '{holder}' does. Name the region that is lost.", "unplanned");
}
