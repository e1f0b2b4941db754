using Mover.Core.Access;
using Mover.Server.DataFolders;
using Mover.Server.Identity;

namespace Mover.Server.Access;

/// <summary>Administrator tokens for scripts on the control plane's own host.</summary>
public static class AdministratorToken
{
    private const string NeverStarted = "the file does not exist; start 'mover server' with this data folder once";

    /// <summary>
    /// Signs a bearer token with the key in the server's data folder. Needs no running server, only the right to read the folder. Throws
    /// <see cref="DataFolderException"/> when no server has started with it or a file is broken.
    /// </summary>
    /// <param name="dataFolder">The folder given to <c>mover server --data</c>.</param>
    /// <param name="clock">Gives the time the token starts at.</param>
    /// <param name="lifetime">How long it is valid; null for one hour.</param>
    public static Secret Create(string dataFolder, TimeProvider clock, TimeSpan? lifetime = null)
    {
        var files = new IdentityFiles(dataFolder);
        var administrator = files.ReadAdministrator() ?? throw new DataFolderException(files.AdministratorPath, NeverStarted);
        var key = files.ReadSigningKey() ?? throw new DataFolderException(files.SigningKeyPath, NeverStarted);
        var issuer = new TokenIssuer(administrator.TenantId, () => key, clock);
        return issuer.Issue(administrator.AsUser(), Audiences.Management, "https://mover", lifetime).Token;
    }
}
