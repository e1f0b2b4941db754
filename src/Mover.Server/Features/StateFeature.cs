using Microsoft.Extensions.DependencyInjection.Extensions;
using Mover.Server.Background;
using Mover.Server.Documents;
using Mover.Server.Settings;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Features;

/// <summary>The metadata store and what reads and writes documents in it.</summary>
internal static class StateFeature
{
    public static void AddState(this WebApplicationBuilder builder, IStateStore store)
    {
        // Made by the container in its eyes, which disposes it.
        builder.Services.AddSingleton(_ => store);
        builder.Services.AddSingleton(services => NameInstance(services.GetRequiredService<ServerOptions>()));
        builder.Services.TryAddSingleton<DocumentStore>();
        builder.Services.AddSingleton<RuleContexts>();
        foreach (var area in new[] { "queue", "claim", "lease", "presence", "copylog", Scheduling.ScheduleMark.Area })
        {
            builder.Services.AddSingleton(new MirroredArea(area));
        }

        builder.Services.AddSingleton<ArmReads>();
        builder.Services.AddSingleton<ArmWrites>();
        builder.Services.AddSingleton<ResourceMap>();
    }

    // The same after a restart, and no other's: of host and folder, not of a file that a copy of the folder would bring along.
    private static Instance NameInstance(ServerOptions options) =>
        new(options.InstanceName ?? $"{Environment.MachineName}:{Path.GetFullPath(options.DataFolder)}");
}
