using System.Text;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;

namespace Mover.Volumes.Tests.AzureBlob;

public sealed class BlobNameTests
{
    [Theory]
    [InlineData("https://name.blob.core.windows.net", "", "blob://azure/name/c")]
    [InlineData("https://NAME-secondary.blob.core.windows.net", "a/b", "blob://azure/name/c/a/b")]
    [InlineData("https://name.z12.blob.storage.azure.net", "", "blob://azure/name/c")]
    [InlineData("http://127.0.0.1:10000/acct", "a", "blob://loopback:10000/acct/c/a")]
    [InlineData("http://localhost:10000/acct", "", "blob://loopback:10000/acct/c")]
    [InlineData("http://[::1]:10000/acct", "", "blob://loopback:10000/acct/c")]
    [InlineData("https://blobs.example.org/acct", "", "blob://blobs.example.org:443/acct/c")]
    public void One_container_is_one_place_by_whatever_name_it_is_reached(string endpoint, string folder, string place) =>
        Assert.Equal(place, BlobContainerAddress.Of(endpoint, "acct", "c", folder)?.Place);

    [Theory]
    [InlineData("plain/Name-1_2.3~4", "plain/Name-1_2.3~4")]
    [InlineData("a b%41?#+&=\\ü", "a%20b%2541%3F%23%2B%26%3D%5C%C3%BC")]
    [InlineData("😀", "%F0%9F%98%80")]
    public void A_name_is_escaped_byte_by_byte(string name, string escaped) =>
        Assert.Equal(escaped, BlobName.Escape(Encoding.UTF8.GetBytes(name)));

    [Fact]
    public void Unescaping_gives_the_name_back_whatever_it_is()
    {
        var random = new Random(7);
        for (var run = 0; run < 500; run++)
        {
            var name = new string([.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)random.Next(1, 0xD7FF))]);

            Assert.Equal(name, Uri.UnescapeDataString(BlobName.Escape(Encoding.UTF8.GetBytes(name))));
        }
    }

    [Theory]
    [InlineData("a\u0001", 2022)]
    [InlineData("a\u007F", 2022)]
    [InlineData("a\u0085b", 2022)]
    [InlineData("back\\slash", 2022)]
    [InlineData("dot.", 2022)]
    [InlineData("dot./x", 2022)]
    [InlineData("a/../b", 2022)]
    [InlineData(".", 2022)]
    public void A_name_that_the_service_would_refuse_or_change_is_unsupported(string name, int code) =>
        Assert.Equal(code, BlobName.Judge(Encoding.UTF8.GetBytes(name))?.Code.Number);

    [Theory]
    [InlineData("a.b")]
    [InlineData("..a/.b")]
    [InlineData("À Â")]
    [InlineData("tab?*<>|\":%")]
    public void A_name_that_the_service_keeps_is_supported(string name) => Assert.Null(BlobName.Judge(Encoding.UTF8.GetBytes(name)));

    [Fact]
    public void Bytes_that_are_no_text_are_unsupported() => Assert.Equal(2022, BlobName.Judge([0x61, 0xFF])?.Code.Number);

    [Fact]
    public void Limits_count_characters_and_segments()
    {
        Assert.Null(BlobName.Judge(Encoding.UTF8.GetBytes(new string('ü', 1024))));
        Assert.Equal(StatusCodes.ItemPathTooLong, BlobName.Judge(Encoding.UTF8.GetBytes(new string('ü', 1025)))?.Code);
        Assert.Null(BlobName.Judge(Encoding.UTF8.GetBytes(string.Join('/', Enumerable.Repeat("a", 254)))));
        Assert.Equal(StatusCodes.ItemTooDeep, BlobName.Judge(Encoding.UTF8.GetBytes(string.Join('/', Enumerable.Repeat("a", 255))))?.Code);
    }

    [Theory]
    [InlineData("https://acc.blob.core.windows.net/cont/a%20b/c?sv=1&sig=2", "https://acc.blob.core.windows.net", "acc", "cont", "a b/c", "sv=1&sig=2")]
    [InlineData("https://acc.blob.core.windows.net/cont", "https://acc.blob.core.windows.net", "acc", "cont", "", "")]
    [InlineData("http://127.0.0.1:10000/acc/cont/x/", "http://127.0.0.1:10000/acc", "acc", "cont", "x", "")]
    [InlineData("http://localhost:10000/acc/cont", "http://localhost:10000/acc", "acc", "cont", "", "")]
    public void A_url_names_account_container_and_folder(string url, string endpoint, string account, string container, string folder, string sas)
    {
        var parsed = AddressUrl.Parse(url);
        var address = Assert.IsType<BlobContainerAddress>(BlobContainerAddress.Of(parsed));

        Assert.Equal((endpoint, account, container, EntryPath.Of(folder), sas), (address.Endpoint, address.Account, address.Container, address.Prefix, parsed.Query ?? ""));
        Assert.DoesNotContain("sig", address.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://a/b/c")]
    [InlineData("https://acc.blob.core.windows.net/")]
    [InlineData("http://127.0.0.1:10000/acc")]
    public void A_URL_without_a_container_is_not_an_address(string url) => Assert.Null(BlobContainerAddress.Of(AddressUrl.Parse(url)));
}
