using System.Globalization;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Cli.Demo;

/// <summary>
/// A client that makes one project after the other, waits for each to be acknowledged, and remembers which were. What it is refused, it
/// counts.
/// </summary>
internal sealed class SteadyWriter : IAsyncDisposable
{
    private readonly ControlPlane _plane;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _leave = new();
    private readonly Task _work;
    private volatile bool _isOver;

    private SteadyWriter(ControlPlane plane, ResourceId mover, string name, TimeProvider clock)
    {
        (_plane, _clock) = (plane, clock);
        _work = Task.Run(() => WriteAsync(mover, name));
    }

    /// <summary>Between an acknowledgement and the next write.</summary>
    public static TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What was acknowledged: names of projects with their descriptions. Read when it is over.</summary>
    public Dictionary<string, string> Acknowledged { get; } = new(StringComparer.Ordinal);

    /// <summary>From each acknowledgement to the next. Read when it is over.</summary>
    public List<TimeSpan> Gaps { get; } = [];

    /// <summary>Writes that were refused, or whose answer never came. Read when it is over.</summary>
    public int Refused { get; private set; }

    /// <summary>Starts writing, over a connection that it takes over.</summary>
    public static SteadyWriter Start(ControlPlane plane, ResourceId mover, string name, TimeProvider clock) =>
        new(plane, mover, name, clock);

    /// <summary>Ends it after the write that is under way.</summary>
    public async Task StopAsync()
    {
        _isOver = true;
        await _work;
    }

    public async ValueTask DisposeAsync()
    {
        await _leave.CancelAsync();
        await ((Task)_work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _plane.Dispose();
        _leave.Dispose();
    }

    private async Task WriteAsync(ResourceId mover, string name)
    {
        long? last = null;
        for (var at = 1; !_isOver; at++)
        {
            var project = string.Create(CultureInfo.InvariantCulture, $"{name}-{at:D5}");
            var description = $"write {at} of {name}";
            try
            {
                await _plane.Client.PutAsync(
                    mover.Child(Project.Described, project),
                    new() { ["properties"] = new JsonObject { ["description"] = description } }, _leave.Token);
                var now = _clock.GetTimestamp();
                Acknowledged.Add(project, description);
                if (last is { } before)
                {
                    Gaps.Add(_clock.GetElapsedTime(before, now));
                }

                last = now;
            }
            catch (Exception fault) when (fault is ArmException or UnreachableServerException)
            {
                Refused++;
            }

            await Task.Delay(Pace, _clock, _leave.Token);
        }
    }
}
