using Microsoft.Extensions.DependencyInjection.Extensions;
using Mover.Server.Access;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Sqlite;

namespace Mover.Server.Documents;

/// <summary>The metadata store and what reads and writes documents in it.</summary>
internal static class StateFeature
{
    private const string FileName = "state.db";

    public static void AddState(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<IStateStore>(services => SqliteStateStore.Open(
            new() { Path = Path.Combine(services.GetRequiredService<ServerOptions>().DataFolder, FileName) },
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SqliteStateStore>>()));
        builder.Services.TryAddSingleton<DocumentStore>();
        builder.Services.AddSingleton(all => new Tenant(all.GetRequiredService<Administrator>().TenantId));
        builder.Services.AddSingleton<RuleContexts>();
        foreach (var area in new[] { "queue", "claim", "lease", "presence", "copylog", Scheduling.ScheduleMark.Area })
        {
            builder.Services.AddSingleton(new MirroredArea(area));
        }

        builder.Services.AddSingleton<ArmReads>();
        builder.Services.AddSingleton<ArmWrites>();
        builder.Services.AddSingleton<ResourceMap>();
    }
}

/// <summary>
/// An area of the control plane's own documents whose keys go on with the id of a resource, <c>{area}/subscriptions/…</c>: when the
/// resource
/// is deleted, so is what lies there. The feature that writes an area registers it.
/// </summary>
/// <param name="Name">The first part of the keys.</param>
internal sealed record MirroredArea(string Name)
{
    /// <summary>The key of what belongs to a resource.</summary>
    public DocumentKey KeyOf(Mover.Core.Arm.ResourceId id) =>
        DocumentKey.Internal([Name, .. id.Key.Split('/', StringSplitOptions.RemoveEmptyEntries)]);
}
