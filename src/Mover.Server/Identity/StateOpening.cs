using Mover.Server.DataFolders;
using Mover.Server.Settings;
using Mover.Server.Tls;
using Mover.State;

namespace Mover.Server.Identity;

/// <summary>Opens the state that a server is configured with.</summary>
internal static class StateOpening
{
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
}
