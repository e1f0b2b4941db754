using Mover.Server.DataFolders;
using Mover.Server.Identity;
using Mover.Server.Instances;
using Mover.Server.Keys;
using Mover.Server.Regions;
using Mover.Server.Regions.Drills;
using Mover.Server.Settings;
using Mover.Server.Tls;
using Mover.State;
using Mover.State.Copies;
using Mover.State.Documents;
using Mover.State.Mirror;

namespace Mover.Server;

/// <summary>
/// One control-plane instance, whatever its region does: an app over the state that is served here or copied here, and another one at the
/// same addresses whenever that changes. A region without a pair runs one app.
/// </summary>
public sealed partial class RegionHost : IScratchServer
{
    /// <summary>How often a start that waits says so.</summary>
    public static readonly TimeSpan WaitInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Answers that are on their way come to their end within it; what waits for work ends at once.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);

    private readonly RegionMembership _region;
    private readonly RegionLoops _loops;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private ServerOptions _options;
    private WebApplication? _app;
    private Task _working = Task.CompletedTask;
    private Task _serving = Task.CompletedTask;

    private RegionHost(RegionMembership region, ServerOptions options, ILoggerFactory loggers)
    {
        (_region, _options, _loggers) = (region, options, loggers);
        _loops = new(region, loggers);
        _logger = loggers.CreateLogger<RegionHost>();
    }

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<string> Urls => _options.Urls;

    /// <summary>
    /// Opens the store, joins the pair if there is one, and serves. A standby without a copy waits for its first one: before, it has
    /// neither a certificate nor anybody's rights. Throws <see cref="StateException"/>, <see cref="DataFolderException"/>, and what a
    /// listener throws.
    /// </summary>
    /// <param name="options">How it is run.</param>
    /// <param name="clock">The clock; null takes the system's.</param>
    /// <param name="waits">Hears, every <see cref="WaitInterval"/>, what a start waits for; null for nobody.</param>
    /// <param name="cancel">Stops the start.</param>
    public static async Task<RegionHost> StartAsync(
        ServerOptions options, TimeProvider? clock, Action<string>? waits, CancellationToken cancel)
    {
        options.Check();
        clock ??= TimeProvider.System;
#pragma warning disable CA2000 // The host disposes them.
        var loggers = LoggerFactory.Create(logging => options.Logging?.Invoke(logging));
        RegionHost? host = null;
        try
        {
            host = new(await OpenAsync(options, clock, loggers, cancel), options, loggers);
            await host.BeginAsync(waits, cancel);
            return host;
        }
        catch
        {
            if (host is not null)
            {
                await host.DisposeAsync();
            }

            loggers.Dispose();
            throw;
        }
#pragma warning restore CA2000
    }

    private static async Task<RegionMembership> OpenAsync(
        ServerOptions options, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel)
    {
        var store = await options.OpenStateAsync(clock, loggers, cancel);
        try
        {
            await UnfinishedMark.RefuseAsync(new DocumentStore(store, clock), options.Store.Name, cancel);
            return await JoinAsync(options, store, clock, loggers, cancel);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops in good order.</summary>
    public async Task StopAsync(CancellationToken cancel)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_working, _serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_app is { } app)
        {
            await app.StopAsync(cancel);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_working, _serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_app is { } app)
        {
            await app.DisposeAsync();
        }

        await _region.DisposeAsync();
        await _region.Store.DisposeAsync();
        _loggers.Dispose();
        _stop.Dispose();
    }

    private static async Task<RegionMembership> JoinAsync(
        ServerOptions options, IStateStore store, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel)
    {
        if (options.Pair is not { } pair)
        {
            return RegionMembership.Alone(options, store, await RegionSeat.ReadAsync(store, cancel), clock);
        }

        await WitnessedMark.CheckAsync(options, store, cancel);
        var ring = KeyRing.Of(options.KeyRing, options.DataFolder);
        var pass = new RegionPass(ring, options.Region, clock);
        var region = new RegionMembership(options, store, clock)
        {
            StoreId = await RegionKeys.StoreIdAsync(store, cancel),
            HasServed = (await RegionSeat.ReadAsync(store, cancel)).Role is { Duty: not RegionDuty.Standby },
            Pass = pass,
            Peer = new(pair, pass, new TlsFiles(options.DataFolder).AuthorityPath, clock, options.Network?.Connect),
        };
        var seat = await RegionSeat.ReadAsync(store, cancel);
        if (seat.Role is null)
        {
            await CheckFirstAsync(options, store, cancel);
            seat = await seat.ChangeAsync(store, RegionHandover.First(options, clock.GetUtcNow()), [], cancel)
                ?? await RegionSeat.ReadAsync(store, cancel);
        }

        region.See(seat);
        if (options.Witness is { } engine && region.Peer is { } peer)
        {
            var host = new StateHost(options.DataFolder, MustExist: false, clock, loggers);
#pragma warning disable CA2000 // The region disposes it.
            var witness = new Witness(engine, host, options.Region, pair.Region, RegionRight.AnswerMax(options.WitnessLease));
            region.Heed(witness, peer, BootClock.For(clock), loggers);
#pragma warning restore CA2000
        }

        return region;
    }

    // A state that is there would be hidden by a copy of another one.
    private static async Task CheckFirstAsync(ServerOptions options, IStateStore store, CancellationToken cancel)
    {
        if (options.Pair is { StartsAsStandby: true } && await store.GetAsync(DeploymentIdentity.Key.Stored, cancel) is not null)
        {
            throw new StateException(
                StateFault.Unavailable, $"The store {options.Store.Name} already has a state, but a standby must start with an empty "
                    + "store. Start without --standby, or use another store.");
        }
    }

    private async Task BeginAsync(Action<string>? waits, CancellationToken cancel)
    {
        if (_region.Peer is not null)
        {
            await _loops.AskOnceAsync(cancel);
        }

        _working = _loops.RunAsync(_stop.Token);
        for (string? told = null; !CanServe();)
        {
            var state = _region.News.Problem ?? _region.CopyProblem ?? "It responds.";
            if (state != told)
            {
                Log.Waits(_logger, _region.Holder, state);
                told = state;
            }

            waits?.Invoke($"Waiting for the first copy of {_region.Holder}. {state}");
            await Task.WhenAny(_region.Changed, Task.Delay(WaitInterval, _region.Clock, cancel));
            cancel.ThrowIfCancellationRequested();
        }

        await WaitForRightAsync(waits, cancel);
        var seat = _region.Seat;
        await ServeAsync(seat, cancel);
        _serving = KeepServingAsync(seat);
    }

    // A standby that had a state before serves at least its name and its certificate from it.
    private bool CanServe() => _region.Seat.Role is not { Duty: RegionDuty.Standby, Root: null };

    // One that gets none serves all the same, to tell what it is and to be told: nothing else is answered.
    private async Task WaitForRightAsync(Action<string>? waits, CancellationToken cancel)
    {
        if (_region is { IsStandby: false, Right: { } right })
        {
            using var patience = new CancellationTokenSource(right.Lease, _region.Clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
            while (!_region.IsStandby && !right.IsHeld && !patience.IsCancellationRequested)
            {
                waits?.Invoke($"Waiting for the right to serve. {right.News.Problem}");
                await _region.Changed.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancel.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task ServeAsync(RegionSeat seat, CancellationToken cancel)
    {
        _region.IsOpening = true;
        try
        {
            await OpenAppAsync(seat, cancel);
        }
        finally
        {
            _region.IsOpening = false;
        }
    }

    private async Task OpenAppAsync(RegionSeat seat, CancellationToken cancel)
    {
        var app = await ServerApp.CreateAsync(_options, _region, seat, _loggers, ownsParts: false, cancel);
        try
        {
            await app.StartAsync(cancel);
            _options = _options with { Urls = [.. app.Urls] };
            _region.OwnAddresses = AdvertisedAddress.Of(app.Urls, _options.Advertised, System.Net.Dns.GetHostName());
            await app.WaitUntilReadyAsync(cancel);
            _app = app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private async Task KeepServingAsync(RegionSeat served)
    {
        while (!_stop.IsCancellationRequested)
        {
            var changed = _region.Changed;
            var seat = _region.Seat;
            if (!CanServe() || (_app is not null && IsSame(served, seat)))
            {
                await changed.WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            try
            {
                await Task.WhenAny(_region.Answering, Task.Delay(AnswerMax, _region.Clock, _stop.Token));
                await EndAppAsync();
                await ServeAsync(seat, _stop.Token);
                served = seat;
                Log.Serves(_logger, _options.Region, seat.Role?.Duty.ToString() ?? "Serving", seat.Role?.Epoch ?? 0);
            }
            catch (Exception fault) when (!_stop.IsCancellationRequested)
            {
                Log.Failed(_logger, Pause, fault);
                await Task.Delay(Pause, _region.Clock, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task EndAppAsync()
    {
        if (_app is { } old)
        {
            _app = null;
            using var grace = new CancellationTokenSource(AnswerMax, _region.Clock);
            await old.StopAsync(grace.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await old.DisposeAsync();
        }
    }

    private static bool IsSame(RegionSeat served, RegionSeat now) =>
        served.Role is null ? now.Role is null : served.Role.IsSameSeat(now.Role);

    private static partial class Log
    {
        [LoggerMessage(3471, LogLevel.Warning, "This standby is waiting for its first copy of {Holder}. {State}")]
        public static partial void Waits(ILogger logger, string holder, string state);

        [LoggerMessage(3472, LogLevel.Warning, "The region {Region} is {Duty} in epoch {Epoch}.")]
        public static partial void Serves(ILogger logger, string region, string duty, long epoch);

        [LoggerMessage(3473, LogLevel.Error, "Cannot switch to the region's new role; retrying in {Pause}.")]
        public static partial void Failed(ILogger logger, TimeSpan pause, Exception fault);
    }
}
