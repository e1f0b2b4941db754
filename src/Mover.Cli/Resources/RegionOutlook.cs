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
        yield return ("reads", isServed ? "yes" : isIsolated ? "what was here when it was cut off"
            : isWhole ? $"from a copy, {CopyText(status["copy"] as JsonObject)}" : "no");
        yield return ("writes, starts of jobs", Is(status, "Draining") ? "not while it hands over" : isServed ? "yes" : "no");
        yield return ("runs that are under way", "yes: agents move data without a control plane, and report later");
        yield return ("schedules", isServed ? "yes" : "no; what is due is made up for once a region serves");
        yield return ("fail-over", pair is null ? "there is no pair" : (isStandby ? isWhole : PairIsWhole(pair)) ? "ready"
            : "not ready: no whole copy");
        if (witness is not null)
        {
            yield return ("fail-over by itself", ByItself(witness, isStandby));
        }
    }

    private static string ByItself(JsonObject witness, bool isStandby) =>
        witness["automatic"]?.GetValue<bool>() != true ? "no: --failover manual"
        : witness["reachable"]?.GetValue<bool>() != true ? "no: the witness does not answer"
        : isStandby && witness["asked"]?.GetValue<bool>() != true ? "no: the region that serves does not ask this witness"
        : string.Create(CultureInfo.InvariantCulture, $"yes: {witness["leaseSeconds"]} s after the region is lost, and some");

    /// <summary>What it means, and the next command.</summary>
    public static IEnumerable<string> Of(JsonObject status)
    {
        if (status["pair"] is not JsonObject pair)
        {
            yield return "This region has no pair: a loss of it is a loss of the control plane. See docs/regions.md.";
            yield break;
        }

        if (status["moving"]?.GetValue<bool>() == true)
        {
            yield return "This server moves into its role; ask again in a second.";
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
            yield return $"A loss of '{status["region"]}' now would lose what it took since '{pair["region"]}' was heard last.";
        }
        else
        {
            yield return $"A loss of '{status["region"]}' now would lose what it took within {CopyText(pair["copy"] as JsonObject)}.";
        }

        if ((status["copy"] ?? pair["copy"])?["problem"] is { } why)
        {
            yield return $"Nothing is copied: {why}";
        }

        yield return Drill((Is(status, "Standby") ? status : pair)["lastDrill"] as JsonObject);
        foreach (var one in (status["diverged"] as JsonArray ?? []).OfType<JsonObject>())
        {
            yield return $"In epoch {one["epoch"]} this region took writes that did not reach its pair, until {one["at"]}: "
                + "mover region diverged";
        }
    }

    private static string? OfWitness(JsonObject witness, JsonObject status, JsonObject pair) =>
        witness["mayServe"]?.GetValue<bool>() == false
            ? $"Nobody lets '{status["region"]}' serve: it may be cut off. When '{pair["region"]}' and the witness are both lost: "
                + $"mover region failover --unplanned {pair["region"]} --force"
            : $"{witness["heldBack"]}" is { Length: > 0 } why ? why
            : $"{witness["problem"]}" is { Length: > 0 } problem ? $"The witness does not answer. {problem}"
            : null;

    /// <summary>What a fail-over does, before it is done.</summary>
    public static IEnumerable<string> BeforeFailover(JsonObject status, string? lost)
    {
        if (status["pair"] is null)
        {
            yield break;
        }

        var copy = CopyText((Is(status, "Standby") ? status : status["pair"] as JsonObject)?["copy"] as JsonObject);
        yield return lost is null
            ? "The region that serves takes no more writes, its pair catches up and takes over. Nothing is lost; writes wait for some "
                + "seconds."
            : $"'{lost}' is left behind. The copy is {copy}: what was acknowledged later may be lost. "
                + "While that region lives and cannot be told, it goes on taking writes.";
    }

    /// <summary>The age of a copy.</summary>
    public static string CopyText(JsonObject? copy) =>
        copy is null ? string.Empty
        : copy["whole"]?.GetValue<bool>() != true ? "not whole yet"
        : copy["ageSeconds"]?.GetValue<double>() is { } age
            ? string.Create(CultureInfo.InvariantCulture, $"{age:0.###} s old")
            : "of an unknown age";

    // Where the standby is lost, nobody can tell: then the other lines say what to do.
    private static string Drill(JsonObject? drill) => drill is null
        ? "No loss was rehearsed where the standby is: mover region drill"
        : string.Create(
            CultureInfo.InvariantCulture, $"A loss was rehearsed last at {drill["at"]}: serving after {drill["secondsToServing"]} s.");

    private static bool Is(JsonObject status, string duty) => $"{status["duty"]}" == duty;

    private static bool PairIsWhole(JsonObject pair) => (pair["copy"] as JsonObject)?["whole"]?.GetValue<bool>() == true;
}
