using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mover.Core.Access;

namespace Mover.State.Etcd;

/// <summary>Opens connections to the members, with the operator's certificates.</summary>
internal sealed class EtcdConnections
{
    // A member in another zone answers within milliseconds. Below a call's own limit, so that an attempt that ends here was never sent.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromMilliseconds(400);

    // etcd closes connections that ping more often than every 5 s.
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(2);

    private readonly EtcdStateOptions _options;
    private readonly X509Certificate2Collection? _authorities;

    /// <summary>Reads the files once, so that a wrong one is told at the start.</summary>
    public EtcdConnections(EtcdStateOptions options)
    {
        _options = options;
        if ((options.CertificatePath is null) != (options.KeyPath is null))
        {
            throw new ArgumentException("A client certificate needs its key, and a key its certificate.", nameof(options));
        }

        if (options.AuthorityPath is { } authority)
        {
            _authorities = Authorities(authority);
        }

        if (options.KeyPath is { } key)
        {
            CheckKey(key);
            using var own = Own();
        }
    }

    public SocketsHttpHandler Handler()
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = PingEvery,
            KeepAlivePingTimeout = PingTimeout,
            ConnectCallback = ConnectAsync,
        };
        if (_authorities is not null)
        {
            handler.SslOptions.CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(_authorities);
        }

        if (_options.CertificatePath is not null)
        {
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => Own();
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ConnectTimeout);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, limit.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception fault)
        {
            socket.Dispose();
            if (fault is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                throw new SocketException((int)SocketError.TimedOut);
            }

            throw;
        }
    }

    private static X509Certificate2Collection Authorities(string path)
    {
        var found = new X509Certificate2Collection();
        Read(path, () =>
        {
            found.ImportFromPemFile(path);
            return found.Count > 0 ? found : throw new CryptographicException("it contains no certificate");
        });
        return found;
    }

    private static void CheckKey(string path)
    {
        var mode = Read(path, () => OperatingSystem.IsWindows() ? UnixFileMode.UserRead : File.GetUnixFileMode(path));
        if (SecretFiles.Refuse(path, mode) is { } wrong)
        {
            throw EtcdFaults.Unavailable($"Cannot use the key file '{path}' for etcd: {wrong}");
        }
    }

    private static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw EtcdFaults.Unavailable(
                $"Cannot use the PEM file '{path}' for etcd ({fault.Message}). Check the path and the file.", fault);
        }
    }

    private X509Certificate2 Own() => Read(
        _options.CertificatePath ?? string.Empty,
        () => X509Certificate2.CreateFromPemFile(_options.CertificatePath ?? string.Empty, _options.KeyPath));
}
