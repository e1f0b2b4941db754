using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Recovery;
using Mover.Recovery.Drill;

namespace Mover.Cli.Recovery;

/// <summary>What a status says of drills.</summary>
internal sealed record DrillState(DrillHistory? History, DateTimeOffset Now)
{
    private const int FailureCharsMax = 300;

    /// <summary>Titles and texts: the last good drill, and the last one when that failed.</summary>
    public IEnumerable<(string Title, string Text)> Lines()
    {
        yield return ("Good drill", History?.LastGood is { } good
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{Ages.Of(Now - good.At)} ago, recovery time {good.RecoverySeconds:F1} s, loss window "
                    + $"{Ages.Of(TimeSpan.FromSeconds(good.LossWindowSeconds))}")
            : History is null ? "none recorded for this user on this machine; rehearse with mover recovery drill" : "none yet");
        if (History?.Last is { IsGood: false } failed)
        {
            var why = PrintedText.Of(failed.Failure ?? "unknown reason", FailureCharsMax);
            yield return ("Last drill", $"FAILED {Ages.Of(Now - failed.At)} ago: {why}");
        }
    }

    public JsonNode? ToJson() => History is null ? null : JsonSerializer.SerializeToNode(History, RecoveryJson.Default.DrillHistory);
}
