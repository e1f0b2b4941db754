using System.Globalization;
using System.Text.Json.Nodes;

namespace Mover.Cli.Resources;

/// <summary>What the status of a region means for who reads it.</summary>
internal static class RegionOutlook
{
    /// <summary>What works at the moment, and what does not.</summary>
    public static IEnumerable<(string What, string Works)> Works(JsonObject status)
    {
        var (isStandby, pair) = (Is(status, "Standby"), status["pair"] as JsonObject);
        var isHeard = pair?["reachable"]?.GetValue<bool>() == true;
        var witness = status["witness"] as JsonObject;
        var isIsolated = witness?["mayServe"]?.GetValue<bool>() == false;
        var isServed = isStandby ? isHeard && $"{pair?["duty"]}" == "Serving" : !isIsolated;
        var isWhole = (status["copy"] as JsonObject)?["whole"]?.GetValue<bool>() == true;
        yield return ("reads", isServed ? "yes" : isIsolated ? "the state when it was cut off"
            : isWhole ? $"from a copy, {CopyText(status["copy"] as JsonObject)}" : "no");
        yield return ("writes, job starts", Is(status, "Draining") ? "not during the handover" : isServed ? "yes" : "no");
        yield return ("runs in progress", "yes: agents copy data without a control plane and report later");
        yield return ("schedules", isServed ? "yes" : "no; overdue runs start once a region serves");
        yield return ("failover", pair is null ? "no pair" : (isStandby ? isWhole : PairIsWhole(pair)) ? "ready"
            : "not ready: no complete copy");
        if (witness is not null)
        {
            yield return ("automatic failover", ByItself(witness, isStandby));
        }
    }

    private static string ByItself(JsonObject witness, bool isStandby) =>
        witness["automatic"]?.GetValue<bool>() != true ? "no: --failover manual"
        : witness["reachable"]?.GetValue<bool>() != true ? "no: the witness does not respond"
        : isStandby && witness["asked"]?.GetValue<bool>() != true ? "no: the serving region does not use this witness"
        : string.Create(CultureInfo.InvariantCulture, $"yes: shortly after {witness["leaseSeconds"]} s without the region");

    /// <summary>What it means, and the next command.</summary>
    public static IEnumerable<string> Of(JsonObject status)
    {
        if (status["pair"] is not JsonObject pair)
        {
            yield return "This region has no pair: losing it means losing the control plane. See docs/regions.md.";
            yield break;
        }

        if (status["moving"]?.GetValue<bool>() == true)
        {
            yield return "This server is changing its role; retry in a second.";
        }

        var isHeard = pair["reachable"]?.GetValue<bool>() == true;
        if (!isHeard && $"{pair["problem"]}" is { Length: > 0 } problem)
        {
            yield return problem;
        }

        if (status["witness"] is JsonObject witness && OfWitness(witness, status, pair) is { } told)
        {
            yield return told;
        }

        if (Is(status, "Standby") && !isHeard)
        {
            yield return $"Wait until '{status["holder"]}' is back, or take over: mover region failover --unplanned {status["holder"]}";
        }
        else if (Is(status, "Standby"))
        {
            yield return $"'{status["holder"]}' serves. To move the service here without loss: mover region failover";
        }
        else if (!isHeard)
        {
            yield return $"If '{status["region"]}' were lost now, all writes since the last contact with '{pair["region"]}' would be lost.";
        }
        else
        {
            yield return $"If '{status["region"]}' were lost now, the copy would be {CopyText(pair["copy"] as JsonObject)}; later "
                + "writes would be lost.";
        }

        if ((status["copy"] ?? pair["copy"])?["problem"] is { } why)
        {
            yield return $"Not copying: {why}";
        }

        yield return Drill((Is(status, "Standby") ? status : pair)["lastDrill"] as JsonObject);
        foreach (var one in (status["diverged"] as JsonArray ?? []).OfType<JsonObject>())
        {
            yield return $"In epoch {one["epoch"]}, until {one["at"]}, this region accepted writes that did not reach its pair: "
                + "mover region diverged";
        }
    }

    private static string? OfWitness(JsonObject witness, JsonObject status, JsonObject pair) =>
        witness["mayServe"]?.GetValue<bool>() == false
            ? $"Neither the witness nor the pair confirms that '{status["region"]}' serves: it may be cut off. If '{pair["region"]}' "
                + $"and the witness are both lost: mover region failover --unplanned {pair["region"]} --force"
            : $"{witness["heldBack"]}" is { Length: > 0 } why ? why
            : $"{witness["problem"]}" is { Length: > 0 } problem ? $"The witness does not respond. {problem}"
            : null;

    /// <summary>What a failover does, before it is done.</summary>
    public static IEnumerable<string> BeforeFailover(JsonObject status, string? lost)
    {
        if (status["pair"] is null)
        {
            yield break;
        }

        var copy = CopyText((Is(status, "Standby") ? status : status["pair"] as JsonObject)?["copy"] as JsonObject);
        yield return lost is null
            ? "The serving region stops accepting writes, its pair catches up and takes over. Nothing is lost; writes wait for some "
                + "seconds."
            : $"This takes over without '{lost}'. The copy is {copy}; writes acknowledged later may be lost. "
                + "If that region is still running but unreachable, it keeps accepting writes.";
    }

    /// <summary>The age of a copy.</summary>
    public static string CopyText(JsonObject? copy) =>
        copy is null ? string.Empty
        : copy["whole"]?.GetValue<bool>() != true ? "not complete yet"
        : copy["ageSeconds"]?.GetValue<double>() is { } age
            ? string.Create(CultureInfo.InvariantCulture, $"{age:0.###} s old")
            : "of an unknown age";

    // Where the standby is lost, nobody can tell: then the other lines say what to do.
    private static string Drill(JsonObject? drill) => drill is null
        ? "The standby has not rehearsed a loss yet: mover region drill"
        : string.Create(
            CultureInfo.InvariantCulture, $"The last rehearsal was at {drill["at"]}: serving after {drill["secondsToServing"]} s.");

    private static bool Is(JsonObject status, string duty) => $"{status["duty"]}" == duty;

    private static bool PairIsWhole(JsonObject pair) => (pair["copy"] as JsonObject)?["whole"]?.GetValue<bool>() == true;
}
