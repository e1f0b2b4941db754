using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Server.DataFolders;
using Mover.Server.Identity;
using Mover.Server.Keys;
using Mover.Server.Settings;
using Mover.Server.Tls;
using Mover.State;
using Mover.State.Documents;

namespace Mover.Server.Tests.Identity;

/// <summary>The identity of a data folder with its real store, as a server's start opens it; no server runs.</summary>
internal sealed class IdentityScene : IAsyncDisposable
{
    private readonly IStateStore _store;

    private IdentityScene(string folder, TimeProvider clock, IStateStore store, DeploymentIdentity identity, params string[] urls)
    {
        (Identity, Files, Tls, _store) = (identity, new(folder), new(folder), store);
        Upkeep = new(identity, Files, clock);
        Certificate = new(Tls, identity, CertificateHosts.For("host1", urls), clock, NullLogger<ServerCertificate>.Instance);
        Documents = new(store, clock);
    }

    public DeploymentIdentity Identity { get; }

    public DocumentStore Documents { get; }

    public IdentityUpkeep Upkeep { get; }

    public IdentityFiles Files { get; }

    public TlsFiles Tls { get; }

    public ServerCertificate Certificate { get; }

    public static async Task<IdentityScene> OpenAsync(string folder, TimeProvider clock, string? keyRing = null, params string[] urls)
    {
        var options = new ServerOptions { DataFolder = folder, KeyRing = keyRing };
        var store = await options.Store.OpenAsync(new(folder, false, clock, NullLoggerFactory.Instance), default);
        try
        {
            var opening = new IdentityOpening(new(store, clock), options, clock, NullLogger<IdentityOpening>.Instance);
            return new(folder, clock, store, await opening.OpenAsync(isStandby: false, default), urls);
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the loop of a running server does from time to time.</summary>
    public async Task TendAsync()
    {
        await Upkeep.TendAsync(default);
        IdentityOpening.WriteCopies(Identity.Current, Files, Tls);
        Certificate.Refresh();
    }

    /// <summary>A data folder as a server left it before the store held the identity, with this identity's files.</summary>
    public void WriteAsBefore(string folder)
    {
        var (files, tls) = (new IdentityFiles(folder), new TlsFiles(folder));
        IdentityOpening.WriteCopies(Identity.Current, files, tls);
        PrivateFile.Replace(tls.AuthorityKeyPath, Encoding.ASCII.GetBytes(Identity.Current.Authorities[^1].ExportKey()));
        foreach (var (key, at) in Identity.Current.VaultKeys.Select((key, at) => (key, at + 1)))
        {
            PrivateFile.Replace(VaultFile(folder, key, at), key.Bytes);
        }
    }

    public static string VaultFile(string folder, SealingKey key, int number) =>
        Path.Combine(folder, "vault", string.Create(CultureInfo.InvariantCulture, $"{number:0000}-{key.Id}.key"));

    public async ValueTask DisposeAsync()
    {
        Certificate.Dispose();
        await _store.DisposeAsync();
    }
}
