using Mover.Core.Access;
using Mover.Server.DataFolders;
using Mover.Server.Identity;

namespace Mover.Server.Access;

/// <summary>The administrator as an application that signs in, for the control plane's own host.</summary>
/// <param name="ClientId">Its application id.</param>
/// <param name="TenantId">The control plane's tenant.</param>
/// <param name="ClientSecret">Its secret.</param>
/// <param name="File">The file that keeps all this, readable by the server's user alone.</param>
public sealed record AdministratorAccount(string ClientId, string TenantId, Secret ClientSecret, string File)
{
    private const string NeverStarted = "the file does not exist; start 'mover server' with this data folder once";

    /// <summary>
    /// Reads it from the server's data folder. Throws <see cref="DataFolderException"/> when no server has started with it or the file is
    /// broken.
    /// </summary>
    /// <param name="dataFolder">The folder given to <c>mover server --data</c>.</param>
    public static AdministratorAccount Read(string dataFolder)
    {
        var files = new IdentityFiles(dataFolder);
        return Of(files, files.ReadAdministrator());
    }

    /// <summary>
    /// Gives it a new secret, whether or not a server runs with the folder: one that runs refuses the old secret, and the tokens that were
    /// given for it, from its next request on. Throws as <see cref="Read"/> does.
    /// </summary>
    /// <param name="dataFolder">The folder given to <c>mover server --data</c>.</param>
    public static AdministratorAccount ReplaceSecret(string dataFolder)
    {
        var files = new IdentityFiles(dataFolder);
        return Of(files, files.ReplaceSecret());
    }

    private static AdministratorAccount Of(IdentityFiles files, Administrator? found) => found is null
        ? throw new DataFolderException(files.AdministratorPath, NeverStarted)
        : new(found.ClientId, found.TenantId, found.ClientSecret, files.AdministratorPath);
}
