using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mover.Volumes.Tests.AzureBlob;

/// <summary>
/// A server that answers each request with the next of the given answers, as raw HTTP; an empty answer resets the connection, null never answers.
/// </summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<string?> _answers;
    private readonly Task _loop;

    public LoopbackServer(params string?[] answers)
    {
        _answers = new Queue<string?>(answers);
        _listener.Start();
        _loop = AcceptAsync();
    }

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/account";

    /// <summary>The server's certificate; null for a server without TLS.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The heads of the requests, in order.</summary>
    public List<string> Requests { get; } = [];

    public static string Answer(string status, string headers = "", string body = "") =>
        $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\n{headers}\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var talks = new List<Task>();
        try
        {
            while (true)
            {
                talks.Add(TalkAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(talks);
        }
    }

    private async Task TalkAsync(Socket socket)
    {
        using var _ = socket;
        try
        {
            await using var stream = await OpenAsync(socket);
            while (await ReadRequestAsync(stream) is { } head)
            {
                Requests.Add(head);
                switch (_answers.Count > 0 ? _answers.Dequeue() : "")
                {
                    case null:
                        await Task.Delay(Timeout.Infinite, _stop.Token);
                        break;
                    case "":
                        socket.LingerState = new LingerOption(true, 0);
                        return;
                    case var answer:
                        await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), _stop.Token);
                        if (answer.Contains("Connection: close", StringComparison.Ordinal))
                        {
                            return;
                        }

                        break;
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or AuthenticationException)
        {
            // The client went away or the test is over.
        }
    }

    private async Task<Stream> OpenAsync(Socket socket)
    {
        var plain = new NetworkStream(socket);
        if (Certificate is null)
        {
            return plain;
        }

        var secure = new SslStream(plain);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate }, _stop.Token);
        return secure;
    }

    private async Task<string?> ReadRequestAsync(Stream stream)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (!Encoding.ASCII.GetString([.. bytes.TakeLast(4)]).Equals("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            bytes.Add(one[0]);
        }

        var head = Encoding.Latin1.GetString([.. bytes]);
        var length = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase));
        await stream.ReadExactlyAsync(new byte[int.Parse(length?[16..] ?? "0")], _stop.Token);
        return head;
    }
}
