using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Mover.Client.Agent;

namespace Mover.Agent;

/// <summary>The agent, put together.</summary>
public static class AgentApp
{
    /// <summary>How long a stopping agent waits for its runs to leave their journals whole.</summary>
    public static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Makes an agent that works from <see cref="IHost.StartAsync"/> until it is stopped. Opens and locks the data folder; the host owns
    /// it.
    /// Throws <see cref="AgentFolderException"/> when the folder is in use or no agent is registered there, and
    /// <see cref="FormatException"/> when a mount is not understood.
    /// </summary>
    /// <param name="options">How it works.</param>
    /// <param name="logging">Where logs go; nowhere when null.</param>
    /// <param name="clock">The clock; the system's when null.</param>
    /// <param name="drivers">Volumes by endpoint type; what the agent has itself when null.</param>
    public static IHost Create(
        AgentOptions options, Action<ILoggingBuilder>? logging = null, TimeProvider? clock = null, VolumeDrivers? drivers = null)
    {
        var folder = AgentFolder.Open(options.DataFolder);
        try
        {
            var record = folder.ReadRecord();
            folder.EmptySpill();
            var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
            logging?.Invoke(builder.Logging);
            builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTimeout);
            builder.Services
                .AddSingleton(options)
                .AddSingleton(clock ?? TimeProvider.System)
                .AddSingleton(_ => folder)
                .AddSingleton(_ => Channel(folder, record, options, clock ?? TimeProvider.System))
                .AddSingleton<AgentRuns>()
                .AddSingleton<AgentEnd>()
                .AddSingleton<Troubles>()
                .AddSingleton<HostTelemetry>()
                .AddSingleton<RunLoop>()
                .AddSingleton(drivers ?? new VolumeDrivers())
                .AddSingleton(services => services.GetRequiredService<VolumeDrivers>().CreateOpener(services))
                .AddSingleton<EndedRuns>()
                .AddHostedService<BeatLoop>()
                .AddHostedService<WorkLoop>();
            _ = MountMap.Parse(options.Mounts);
            return builder.Build();
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static AgentChannelClient Channel(AgentFolder folder, AgentRecord record, AgentOptions options, TimeProvider clock) => new(
        new(record.AgentId, record.TenantId, record.PrincipalId, folder.OpenKey()),
        new AgentAddresses(record.Addresses, record.Registered ?? record.Addresses),
        options.Connect?.Invoke(record.CaPem) ?? AgentTrust.CreateHandler(record.CaPem),
        clock);
}
