using Microsoft.Extensions.DependencyInjection.Extensions;
using Mover.Server.Access;
using Mover.Server.Background;
using Mover.Server.Tls;
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
        builder.Services.TryAddSingleton<IStateStore>(Open);
        builder.Services.AddHostedService<StateOwner>();
        builder.Services.AddSingleton(services => NameInstance(services.GetRequiredService<ServerOptions>()));
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

    /// <summary>
    /// Opens the state before the first start makes anything else in the data folder: a folder with an administrator has had a state.
    /// </summary>
    public static void OpenState(this WebApplication app) => _ = app.Services.GetRequiredService<IStateStore>();

    // The same after a restart, and no other's: of host and folder, not of a file that a copy of the folder would bring along.
    private static Instance NameInstance(ServerOptions options) =>
        new(options.InstanceName ?? $"{Environment.MachineName}:{Path.GetFullPath(options.DataFolder)}");

    private static SqliteStateStore Open(IServiceProvider services)
    {
        var options = services.GetRequiredService<ServerOptions>();
        var path = Path.Combine(options.DataFolder, FileName);
        if (options.StartEmpty && new FileInfo(path) is { Exists: true, Length: > 0 })
        {
            throw new DataFolderException(
                path, "it holds a state, and the server was told to start empty; start without --start-empty, or move the file away");
        }

        return SqliteStateStore.Open(
            new() { Path = path, MustExist = !options.StartEmpty && services.GetRequiredService<IdentityFiles>().HasAdministrator },
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<SqliteStateStore>>());
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
