using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Core.Arm;

namespace Mover.Recovery.Drill;

/// <summary>One step of a drill.</summary>
/// <param name="Name">The step.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Found">What it did.</param>
public sealed record DrillStep(string Name, TimeSpan Took, string Found);

/// <summary>What a drill did and measured: a page to file.</summary>
public sealed record DrillReport
{
    private const int LineCharsMax = 2000;

    /// <summary>Names the drill.</summary>
    public required string Id { get; init; }

    /// <summary>When it began, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The estate: group, region, server.</summary>
    public required string Estate { get; init; }

    /// <summary>Resources of the snapshot.</summary>
    public required int Resources { get; init; }

    /// <summary>How old the snapshot was: what would have been lost of the configuration.</summary>
    public required TimeSpan LossWindow { get; init; }

    /// <summary>The steps in order.</summary>
    public required IReadOnlyList<DrillStep> Steps { get; init; }

    /// <summary>From the first step to the first job's first byte; null when none was copied.</summary>
    public TimeSpan? RecoveryTime { get; init; }

    /// <summary>Why it failed; null when it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>What could not be cleaned up.</summary>
    public IReadOnlyList<string> LeftBehind { get; init; } = [];

    /// <summary>Whether the rehearsal worked and nothing is left of it.</summary>
    public bool IsGood => Failure is null && RecoveryTime is not null && LeftBehind.Count == 0;

    // From the snapshot to the first byte.
    private TimeSpan? SinceSnapshot => LossWindow + RecoveryTime;

    /// <summary>The page, in Markdown.</summary>
    public string ToMarkdown()
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"# Recovery drill {Id}: {(IsGood ? "good" : "FAILED")}\n\n");
        page.Append(CultureInfo.InvariantCulture, $"{At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. {Line(Estate)}, {Resources} resources.\n\n");
        page.Append(RecoveryTime is { } time
            ? string.Create(CultureInfo.InvariantCulture, $"- Recovery time, to the first byte of the first job: {time.TotalSeconds:F1} "
                + $"s\n")
            : "- No job copied any data.\n");
        page.Append(CultureInfo.InvariantCulture, $"- Loss window, the age of the snapshot: {LossWindow.TotalSeconds:F0} s\n");
        if (SinceSnapshot is { } whole)
        {
            page.Append(CultureInfo.InvariantCulture, $"- From the snapshot to the first byte: {whole.TotalSeconds:F1} s\n");
        }

        if (Failure is not null)
        {
            page.Append(CultureInfo.InvariantCulture, $"- Failure: {Line(Failure)}\n");
        }

        page.Append("\n| step | took | found |\n|---|---|---|\n");
        foreach (var step in Steps)
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"| {step.Name} | {step.Took.TotalSeconds:F1} s | {Line(step.Found).Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }

        foreach (var left in LeftBehind)
        {
            page.Append(CultureInfo.InvariantCulture, $"\nLeft behind: {Line(left)}\n");
        }

        return page.ToString();
    }

    /// <summary>The same for programs.</summary>
    public JsonObject ToJson() => new()
    {
        ["id"] = Id,
        ["at"] = At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ["good"] = IsGood,
        ["estate"] = Estate,
        ["resources"] = Resources,
        ["recoverySeconds"] = RecoveryTime is { } time ? Math.Round(time.TotalSeconds, 3) : null,
        ["lossWindowSeconds"] = Math.Round(LossWindow.TotalSeconds, 3),
        ["snapshotToFirstByteSeconds"] = SinceSnapshot is { } whole ? Math.Round(whole.TotalSeconds, 3) : null,
        ["failure"] = Failure,
        ["steps"] = new JsonArray([.. Steps.Select(step => (JsonNode)new JsonObject
        {
            ["name"] = step.Name, ["seconds"] = Math.Round(step.Took.TotalSeconds, 3), ["found"] = step.Found,
        })]),
        ["leftBehind"] = new JsonArray([.. LeftBehind.Select(left => (JsonNode)left)]),
    };

    private static string Line(string text) => PrintedText.Of(text, LineCharsMax);
}
