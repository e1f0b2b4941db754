using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Deployments;
using Mover.Server.Documents;
using Mover.Server.Features;
using Mover.Server.Identity;
using Mover.Server.Listening;
using Mover.Server.Regions;
using Mover.Server.Regions.Drills;
using Mover.Server.Roles;
using Mover.Server.Settings;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Mirror;

namespace Mover.Server;

/// <summary>The control plane, put together. The command line and the tests make it with the same call.</summary>
public static class ServerApp
{
    /// <summary>
    /// Opens the store and makes a control-plane instance that is ready to start. Its addresses are in <c>Urls</c> once it is started.
    /// Throws <see cref="StateException"/> and <see cref="DataFolders.DataFolderException"/>, saying what cannot be used and what to do.
    /// </summary>
    /// <param name="options">How it is run.</param>
    /// <param name="clock">The clock; null takes the system's.</param>
    /// <param name="cancel">Stops the opening.</param>
    public static async Task<WebApplication> CreateAsync(
        ServerOptions options, TimeProvider? clock = null, CancellationToken cancel = default)
    {
        options.Check();
        clock ??= TimeProvider.System;
#pragma warning disable CA2000 // The app that is made disposes loggers, store and identity.
        var loggers = LoggerFactory.Create(logging => options.Logging?.Invoke(logging));
        IStateStore? store = null;
        try
        {
            store = await options.OpenStateAsync(clock, loggers, cancel);
            var seat = await RegionSeat.ReadAsync(store, cancel);
            return await CreateAsync(options, RegionMembership.Alone(options, store, seat, clock), seat, loggers, ownsParts: true, cancel);
        }
        catch
        {
            if (store is not null)
            {
                await store.DisposeAsync();
            }

            loggers.Dispose();
            throw;
        }
#pragma warning restore CA2000
    }

    /// <summary>
    /// As above, over what a region serves or copies. With <paramref name="ownsParts"/> store and loggers end with the app.
    /// </summary>
    internal static async Task<WebApplication> CreateAsync(
        ServerOptions options,
        RegionMembership region,
        RegionSeat seat,
        ILoggerFactory loggers,
        bool ownsParts,
        CancellationToken cancel)
    {
#pragma warning disable CA2000 // The app that is made disposes store and identity.
        var store = new RegionStore(region.Store, seat, ownsParts, region);
        var documents = new DocumentStore(store, region.Clock);
        var past = await StorePast.ReadAsync(documents, region, options.Store.Name, loggers.CreateLogger<StorePast>(), cancel);
        var opening = new IdentityOpening(documents, options, region.Clock, loggers.CreateLogger<IdentityOpening>());
        var identity = await opening.OpenAsync(isStandby: seat.Role?.Duty == RegionDuty.Standby, cancel);
        return Create(options, loggers, ownsParts, store, past, region, seat, identity);
#pragma warning restore CA2000
    }

    private static WebApplication Create(
        ServerOptions options, ILoggerFactory loggers, bool ownsLoggers, IStateStore store, StorePast past, RegionMembership region,
        RegionSeat seat, DeploymentIdentity identity)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "Mover" });

        // The container disposes what it makes, and not what it is given.
        _ = ownsLoggers ? builder.Services.AddSingleton(_ => loggers) : builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(region.Clock);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddSingleton(ConnectionLimits.OfProcess());
        builder.Services.AddSingleton<SocketTransportFactory>();
        builder.Services.Replace(ServiceDescriptor.Singleton<IConnectionListenerFactory, BoundedListeners>());
        if (options.Network is { } network)
        {
            builder.Services.Replace(ServiceDescriptor.Singleton(_ => network.Listen()));
        }

        // Access comes first: the certificate has to be known when the listener is set up.
        builder.AddMoverAccess(identity);
        builder.AddAuthorization();
        builder.AddActivity();
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));
        builder.AddArm();
        builder.AddConfiguredOrigins();
        builder.AddState(store);
        builder.Services.AddSingleton(past);
        builder.AddResources();
        builder.AddOperations();
        builder.AddStorageMovers();
        builder.AddAgentChannel();
        builder.AddInstances();
        builder.AddDeployments();
        builder.AddRegions(region, seat);
        builder.Services.AddSingleton<StartScratch>(
            async (options, clock, cancel) => await RegionHost.StartAsync(options, clock, waits: null, cancel));

        var app = builder.Build();
        _ = (app.Services.GetRequiredService<ILoggerFactory>(), app.Services.GetRequiredService<IStateStore>());
        app.UseDeparture();
        app.UseArmManners();
        app.UsePeers();
        app.Use(RolePaths.ShortenAsync);
        app.UseRouting();
        app.Use(RolePaths.RestoreAsync);
        app.UseConfiguredOrigins(options);
        app.UseStandby();
        app.UseMoverAccess();
        app.UseArmChecks();

        app.MapMoverAccess();
        app.MapAuthorization();
        app.MapActivity();
        app.MapResources();
        app.MapStorageMovers();
        app.MapAgentChannel();
        app.MapInstances();
        app.MapDeployments();
        app.MapRegions();
        return app;
    }

    /// <summary>
    /// Waits until a server that has started judges requests: its store is read and the rights are followed. Throws
    /// <see cref="StateException"/> when that takes too long.
    /// </summary>
    public static async Task WaitUntilReadyAsync(this WebApplication app, CancellationToken cancel) =>
        _ = await app.Services.GetRequiredService<AccessState>().CurrentAsync(cancel);

    private static void Listen(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = ServerOptions.BodyDrainBytesMax;
        kestrel.Limits.MaxRequestLineSize = 16 * 1024;
        kestrel.Limits.RequestHeadersTimeout = ConnectionLimits.HeadersMax;
        kestrel.Limits.KeepAliveTimeout = ConnectionLimits.IdleMax;
        foreach (var url in options.Urls)
        {
            var address = BindingAddress.Parse(url);
            if (!address.Scheme.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase))
            {
                throw new ArgumentException($"'{url}' is not https, which the control plane requires.", nameof(options));
            }

            if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
            {
                kestrel.Listen(ip, address.Port, listen => listen.UseHttps());
            }
            else if (address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            {
                kestrel.ListenLocalhost(address.Port, listen => listen.UseHttps());
            }
            else
            {
                kestrel.ListenAnyIP(address.Port, listen => listen.UseHttps());
            }
        }
    }
}
