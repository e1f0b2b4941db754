using System.Security.Cryptography;
using System.Text;
using Mover.Volumes.AzureBlob;

namespace Mover.Volumes.Tests.AzureBlob;

public sealed class SharedKeyCredentialTests
{
    private static readonly byte[] Key = Encoding.ASCII.GetBytes("some key");

    [Theory]
    [InlineData("/container")]
    [InlineData("/account/container")]
    public void The_signature_covers_what_the_service_documents(string containerPath)
    {
        var call = new BlobCall(HttpMethod.Put, "a%20b", "comp=block&blockid=Zm9v%3D") { Content = "text"u8.ToArray(), IfMatch = "\"0x1\"", ContentMd5 = "bWQ1" };
        using var request = new HttpRequestMessage();
        request.Method = HttpMethod.Put;
        request.Headers.TryAddWithoutValidation("x-ms-version", "2023-11-03");
        request.Headers.TryAddWithoutValidation("x-ms-blob-type", "BlockBlob");

        var to = BlobDestinations.Only(BlobContainerAddress.Of("https://account.blob.core.windows.net", "account", "container", "")!);
        new SharedKeyCredential("account", Convert.ToBase64String(Key), to, new StoppedClock()).Sign(request, call, containerPath);

        var expected = "PUT\n\n\n4\nbWQ1\n\n\n\n\"0x1\"\n\n\n\nx-ms-blob-type:BlockBlob\nx-ms-date:Thu, 01 Jan 2026 00:00:00 GMT\nx-ms-version:2023-11-03\n"
            + $"/account{containerPath}/a%20b\nblockid:Zm9v=\ncomp:block";
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes(expected)));
        Assert.Equal($"SharedKey account:{signature}", request.Headers.NonValidated["Authorization"].ToString());
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
