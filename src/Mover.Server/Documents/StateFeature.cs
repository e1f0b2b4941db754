using Microsoft.Extensions.DependencyInjection.Extensions;
using Mover.Server.Access;
using Mover.Server.Background;
using Mover.Server.Tls;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Documents;

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

    /// <summary>
    /// Opens the state before anything else is made in the data folder: one with an administrator or an authority has had a state.
    /// </summary>
    public static async Task<IStateStore> OpenStateAsync(
        this ServerOptions options, TimeProvider clock, ILoggerFactory loggers, CancellationToken cancel)
    {
        var path = Path.Combine(options.DataFolder, StateEngine.FileName);
        if (options.StartEmpty && !options.Store.IsShared && new FileInfo(path) is { Exists: true, Length: > 0 })
        {
            throw new DataFolderException(
                path, "it contains a state, but the server was started with --start-empty; start without it, or move the file away");
        }

        var mustExist = !options.StartEmpty
            && (new IdentityFiles(options.DataFolder).HasAdministrator || File.Exists(new TlsFiles(options.DataFolder).AuthorityPath));
        return await options.Store.OpenAsync(new(options.DataFolder, mustExist, clock, loggers), cancel);
    }

    // The same after a restart, and no other's: of host and folder, not of a file that a copy of the folder would bring along.
    private static Instance NameInstance(ServerOptions options) =>
        new(options.InstanceName ?? $"{Environment.MachineName}:{Path.GetFullPath(options.DataFolder)}");
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
