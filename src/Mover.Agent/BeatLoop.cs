using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Mover.Client.Agent;
using Mover.Core.AgentProtocol;

namespace Mover.Agent;

/// <summary>The agent's sign of life: every interval, and at once when a run starts or ends.</summary>
internal sealed partial class BeatLoop(
    AgentRuns runs, Troubles troubles, AgentChannelClient channel, AgentFolder folder, AgentOptions options, HostTelemetry host,
    EndedRuns ended, AgentEnd end, TimeProvider clock, ILogger<BeatLoop> logger) : BackgroundService
{
    private bool _away;
    private bool _skewed;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var changed = runs.Changed;
            await BeatAsync(stoppingToken);
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(changed, Task.Delay(options.BeatInterval, clock, wait.Token));
            await wait.CancelAsync();

            // Runs may begin and end many times a second; one beat tells of all of them.
            await Task.Delay(AgentChannelLimits.BeatIntervalMin, clock, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task BeatAsync(CancellationToken cancel)
    {
        try
        {
            var held = runs.Held();
            var answer = await channel.BeatAsync(new(host.Read(held.Count > 0, troubles.Problem), held), cancel);
            if (!answer.Try(out var heard, out var refusal))
            {
                Refused(refusal.Status == 404 ? AgentChannelException.UnknownAgent : refusal.Code, $"{refusal.Code}: {refusal.Message}");
                return;
            }

            end.Accepted();
            Hear(heard);
            TellSkew();
            if (heard.Past is { } past)
            {
                await ended.TellAsync(past, cancel);
            }

            if (_away)
            {
                Log.Back(logger, channel.Addresses.Current);
                _away = false;
            }
        }
        catch (AgentChannelException away)
        {
            Refused(away.Code, away.Message);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The process is leaving.
        }
        catch (Exception fault) when (fault is IOException or AgentFolderException)
        {
            Away(fault.Message);
        }
    }

    private void Hear(BeatAnswer heard)
    {
        runs.UploadLimits = heard.UploadLimits;
        runs.Stop(heard.CancelRuns, RunStop.CancelRequested);
        runs.Stop(heard.LostRuns, RunStop.Lost);
        if (heard.Addresses.Count > 0 && channel.Addresses.Replace(heard.Addresses))
        {
            var (known, record) = (channel.Addresses.All, folder.ReadRecord());
            folder.Write(record with { Addresses = known, Registered = record.Registered ?? record.Addresses });
            var list = string.Join(", ", known);
            Log.AddressesChanged(logger, known.Count, list);
        }
    }

    private void TellSkew()
    {
        var problem = channel.Time.Problem;
        if (problem is not null && !_skewed)
        {
            Log.Skewed(logger, problem.Message);
        }
        else if (problem is null && _skewed)
        {
            Log.InTime(logger);
        }

        _skewed = problem is not null;
    }

    private void Refused(string code, string why)
    {
        Away(why);
        if (code == AgentChannelException.UnknownAgent && end.Refused(why))
        {
            Log.Ended(logger, why);
        }
    }

    private void Away(string why)
    {
        if (!_away)
        {
            Log.Away(logger, why);
            _away = true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5001, LogLevel.Warning, "Cannot send a heartbeat to the control plane ({Reason}); runs continue.")]
        public static partial void Away(ILogger logger, string reason);

        [LoggerMessage(5002, LogLevel.Information, "The control plane is reachable again at {Address}.")]
        public static partial void Back(ILogger logger, string address);

        [LoggerMessage(5004, LogLevel.Error, "{Reason}")]
        public static partial void Skewed(ILogger logger, string reason);

        [LoggerMessage(5005, LogLevel.Information, "This host's clock is in sync with the control plane's again.")]
        public static partial void InTime(ILogger logger);

        [LoggerMessage(5006, LogLevel.Error, "This agent is no longer registered with the control plane ({Reason}); stopping.")]
        public static partial void Ended(ILogger logger, string reason);

        [LoggerMessage(5003, LogLevel.Information, "The control plane has {Count} known addresses: {Addresses}.")]
        public static partial void AddressesChanged(ILogger logger, int count, string addresses);
    }
}
