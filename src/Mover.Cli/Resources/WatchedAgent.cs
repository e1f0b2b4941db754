using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Progress;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary>Says when the agent of a run that is watched goes offline and when it is back. Used from one thread.</summary>
internal sealed class WatchedAgent(ControlPlane plane, TimeProvider clock, LiveLine line)
{
    /// <summary>The time between two looks: an agent counts as offline after half a minute without a sign of life.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    private long? _looked;
    private bool _isAway;

    /// <summary>Looks, when it is time.</summary>
    public async Task LookAsync(JsonObject run, CancellationToken cancel)
    {
        if ((_looked is { } last && clock.GetElapsedTime(last) < Pace)
            || !ResourceId.TryParse(run["properties"]?["agentResourceId"]?.ToString(), out var agent)
            || await FindAsync(agent, cancel) is not { } properties)
        {
            return;
        }

        _looked = clock.GetTimestamp();
        var status = properties["agentStatus"]?.ToString();
        var isAway = status is AgentStatuses.Offline or AgentStatuses.Registering;
        if (isAway != _isAway)
        {
            _isAway = isAway;
            line.Say(!isAway ? $"Agent {agent.Name} is back."
                : status == AgentStatuses.Registering
                ? $"Agent {agent.Name} has not been started yet; the run begins when it starts (mover agent run, on its host)."
                : $"Agent {agent.Name} is offline{Since(properties)}; the run continues when it is back (mover agent run, on its host).");
        }
    }

    // Whoever may read a run need not be allowed to read its agent, and an agent can be gone.
    private async Task<JsonObject?> FindAsync(ResourceId agent, CancellationToken cancel)
    {
        try
        {
            return (await plane.Client.FindAsync(agent, cancel))?["properties"] as JsonObject;
        }
        catch (ArmException refused) when (refused.Error.Status == 403)
        {
            return null;
        }
    }

    private static string Since(JsonObject properties) =>
        DateTimeOffset.TryParse(
            properties["lastStatusUpdate"]?.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var heard)
            ? string.Create(CultureInfo.InvariantCulture, $" since {heard.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z")
            : string.Empty;
}
