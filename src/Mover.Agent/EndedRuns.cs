using Microsoft.Extensions.Logging;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;

namespace Mover.Agent;

/// <summary>
/// Tells a control plane that lost the end of its state of the runs that ended here meanwhile: each once, with the report that it had
/// acknowledged before.
/// </summary>
internal sealed partial class EndedRuns(AgentFolder folder, AgentChannelClient channel, ILogger<EndedRuns> logger)
{
    /// <summary>Runs that are told between two beats.</summary>
    public const int RunsPerBeatMax = 20;

    /// <summary>By how much this host's clock may differ from the one that a loss is dated by.</summary>
    public static readonly TimeSpan ClockSkewMax = TimeSpan.FromHours(1);

    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private long? _toldUpTo;
    private long _telling;

    /// <summary>Tells what is not told yet; what cannot be told now is told after the next beat. Throws what the channel throws.</summary>
    public async Task TellAsync(ControlPlanePast past, CancellationToken cancel)
    {
        _toldUpTo ??= folder.ReadRecord().ToldUpTo;
        if (past.EpochBase <= _toldUpTo)
        {
            return;
        }

        if (past.EpochBase != _telling)
        {
            // Lost again, perhaps with what was told already.
            _telling = past.EpochBase;
            _told.Clear();
        }

        var since = past.CompleteAt - DateTimeOffset.MinValue < ClockSkewMax ? DateTimeOffset.MinValue : past.CompleteAt - ClockSkewMax;
        var left = RunsPerBeatMax;
        foreach (var run in folder.FindEnded(since))
        {
            if (_told.Contains(run.RunName) || run.ReadEnded()?.Final is not { } final || final.Epoch > past.EpochBase)
            {
                continue;
            }

            if (left-- == 0)
            {
                return;
            }

            await TellAsync(run.RunName, final, cancel);
            _told.Add(run.RunName);
        }

        folder.Write(folder.ReadRecord() with { ToldUpTo = past.EpochBase });
        _toldUpTo = past.EpochBase;
    }

    private async Task TellAsync(string runName, RunReport final, CancellationToken cancel)
    {
        if ((await channel.FinishAsync(final, cancel)).Refusal is { } refusal)
        {
            Log.NotTaken(logger, runName, final.Status, refusal.Message);
        }
        else
        {
            Log.Told(logger, runName, final.Status);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5015, LogLevel.Information,
            "The control plane had lost recent state; reported again that run {RunName} ended as {Status}.")]
        public static partial void Told(ILogger logger, string runName, AgentRunStatus status);

        [LoggerMessage(5016, LogLevel.Warning,
            "The control plane has lost recent state and rejected the report that run {RunName} ended as {Status}: {Reason}")]
        public static partial void NotTaken(ILogger logger, string runName, AgentRunStatus status, string reason);
    }
}
