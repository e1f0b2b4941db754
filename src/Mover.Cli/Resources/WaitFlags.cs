using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary>What <c>wait</c> waits for, and how long.</summary>
internal sealed class WaitFlags
{
    private const int IntervalSeconds = 30;
    private const int TimeoutSeconds = 3600;
    private readonly Option<bool> _created = new("--created") { Description = "Wait until the resource "
        + "exists and its state is Succeeded." };
    private readonly Option<bool> _updated = new("--updated") { Description = "Same as --created." };
    private readonly Option<bool> _exists = new("--exists") { Description = "Wait until the resource exists, in any state." };
    private readonly Option<bool> _deleted = new("--deleted") { Description = "Wait until the resource is deleted." };
    private readonly Option<double> _interval = new("--interval")
    {
        Description = "Polling interval in seconds.",
        DefaultValueFactory = _ => IntervalSeconds,
    };
    private readonly Option<double> _timeout = new("--timeout")
    {
        Description = "Maximum number of seconds to wait.",
        DefaultValueFactory = _ => TimeoutSeconds,
    };

    public IReadOnlyList<Option> All => [_created, _updated, _exists, _deleted, _interval, _timeout];

    public async Task WaitAsync(ParseResult parsed, ControlPlane plane, ResourceId id, TimeProvider clock, CancellationToken cancel)
    {
        if (new[] { _created, _updated, _exists, _deleted }.Count(parsed.GetValue) != 1)
        {
            throw CliException.Usage("Specify exactly one condition to wait for.", "Use one of --created, --updated, --exists, --deleted.");
        }

        var interval = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(_interval), 0.1, TimeoutSeconds));
        var timeout = TimeSpan.FromSeconds(Math.Max(0, parsed.GetValue(_timeout)));
        var began = clock.GetTimestamp();
        while (!Holds(parsed, await plane.Client.FindAsync(id, cancel)))
        {
            if (clock.GetElapsedTime(began) + interval > timeout)
            {
                throw new CliException(
                    ExitCodes.Failed, "WaitTimedOut", $"'{id.TypeAndNames}' did not reach the condition within "
                        + $"{timeout.TotalSeconds:0.#} s.");
            }

            await Task.Delay(interval, clock, cancel);
        }
    }

    private bool Holds(ParseResult parsed, JsonObject? found)
    {
        if (parsed.GetValue(_deleted) || parsed.GetValue(_exists))
        {
            return found is null == parsed.GetValue(_deleted);
        }

        var state = found?["properties"]?["provisioningState"]?.ToString();
        return state is "Failed" or "Canceled"
            ? throw new CliException(ExitCodes.Failed, "WaitFailed", $"The state of the resource is {state}.")
            : state == ProvisioningStates.Succeeded;
    }
}
