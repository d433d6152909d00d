using System.Globalization;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Access;
using EhrLedger.Wallet.App.Session;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Records;
using EhrLedger.Wallet.Restoring;

namespace EhrLedger.Wallet.App.Texts;

/// <summary>Simplified Chinese.</summary>
internal sealed class ChineseTexts : PatientTexts
{
    public ChineseTexts()
    {
        Emergency = new ChineseEmergencyTexts(this);
        Erasure = new ChineseErasureTexts(this);
        Guardian = new ChineseGuardianTexts(this);
        Delegation = new ChineseDelegationTexts(this);
        Passkey = new ChinesePasskeyTexts();
    }

    public override string Code => "zh";

    public override EmergencyTexts Emergency { get; }

    public override ErasureTexts Erasure { get; }

    public override GuardianTexts Guardian { get; }

    public override DelegationTexts Delegation { get; }

    public override PasskeyTexts Passkey { get; }

    public override string OwnName => "中文";

    public override string AppName => "我的健康钱包";

    public override string SkipToContent => "跳到内容";

    public override string Navigation => "页面";

    public override string Lock => "锁定";

    public override string Updating => "正在更新…";

    public override string Working => "请稍候…";

    public override string NotLoaded => "应用未能加载。请检查网络连接，然后重新打开。";

    public override string Back => "返回";

    public override string Continue => "继续";

    public override string Finish => "完成";

    public override string Details => "详情";

    public override string Unknown => "未知";

    public override string New => "新";

    public override string TellOfLooks => "有人查看时在首页告诉我";

    public override string PutAway => "收起";

    public override string Wrote(string name, DateTimeOffset time) => $"{name} 于 {When(time)} 写道：";

    public override string NewLooks(IReadOnlyList<string> names, int count) => $"自您上次查看以来，{string.Join("、", names)}查看了您的档案，共 {count} 次。";

    public override string ShowMore => "显示更多";

    public override string Search => "搜索";

    public override string Welcome => "您的健康档案，由您掌管";

    public override string WelcomeText => "查看您在各家医院的档案，决定还有谁可以查看，并了解谁看过。密钥在本设备上生成，绝不离开本设备。";

    public override string MakeWallet => "新建钱包";

    public override string HaveWords => "我有 24 个单词";

    public override string YourWords => "您的 24 个单词";

    public override string YourWordsText => "请按顺序把这些单词写在纸上并妥善保管。谁拥有这些单词，谁就拥有您的钱包。设备丢失时，只有它们能恢复一切。";

    public override string WroteDown => "我已写下";

    public override string ConfirmWords => "核对您的纸条";

    public override string ConfirmWordsText => "请输入纸上的这三个单词。";

    public override string ShowWordsAgain => "再次显示单词";

    public override string WordsDiffer => "单词不符，请再看一下您的纸条。";

    public override string RestoreTitle => "恢复钱包";

    public override string RestoreText => "请输入您的 24 个单词，以空格分隔。每个单词的前四个字母即可。";

    public override string RestoreReplaces => "本设备上的钱包将被替换。";

    public override string NotAPhrase => "这不是钱包的 24 个单词，请检查拼写和顺序。";

    public override string ChoosePin => "设置 PIN 码";

    public override string NewPin => "新的 PIN 码或口令";

    public override string PinAgain => "再次输入";

    public override string Pin => "PIN 码或口令";

    public override string PinsDiffer => "两次输入不一致。";

    public override string PinChanged => "PIN 码已更改。";

    public override string Unlock => "解锁";

    public override string Unlocking => "正在解锁…";

    public override string ForgotPin => "忘记 PIN 码";

    public override string NeedsYou => "待办事项";

    public override string NothingNeedsYou => "没有，一切正常。";

    public override string NotConnected => "您尚未连接任何医院。";

    public override string ConnectHospital => "连接医院";

    public override string Unfinished => "您的一项决定尚未完成，钱包会自动继续。";

    public override string WhoCanSee => "现在谁可以查看我的档案";

    public override string NobodyCanSee => "除了书写档案的医院，没有其他人。";

    public override string AllSharing => "所有授权";

    public override string WhoLookedLast => "最近谁看过";

    public override string NobodyLooked => "还没有人看过。";

    public override string AllLooked => "所有查看记录";

    public override string ConnectText => "扫描医院卡片或屏幕上的二维码，或粘贴医院发给您的链接。";

    public override string Camera => "相机画面";

    public override string Scan => "扫描二维码";

    public override string StopCamera => "关闭相机";

    public override string PasteLink => "邀请链接";

    public override string OpenLink => "打开链接";

    public override string NotAnInvitation => "这不是邀请，请索取新的链接。";

    public override string NotAMember => "该机构不是本网络的成员，请勿相信此邀请。";

    public override string CheckedName => "名称取自账本，而非链接所称。";

    public override string Connect => "连接";

    public override string Connecting => "正在连接，正为您生成新密钥…";

    public override string ChooseWhatToShow => "选择允许查看的内容";

    public override string NoThanks => "不，谢谢";

    public override string DeclineTellsNobody => "如果您拒绝，对方什么也不会知道，甚至不知道您看过请求。";

    public override string CodeUnknown => "该代码已使用或已过期，请向前台索取新的代码。";

    public override string ConnectWaits => "医院暂时没有回应，钱包会自动重试。";

    public override string SeeRecords => "查看我的档案";

    public override string CategoryLabel => "档案类别";

    public override string AllCategories => "所有类别";

    public override string WhereFrom => "来源";

    public override string Proven => "已验证";

    public override string NotProvenYet => "尚未验证";

    public override string RecordIdLabel => "档案编号";

    public override string AuthorLabel => "机构密钥";

    public override string InFull => "完整档案";

    public override string RecordMissing => "这里没有此档案。";

    public override string ARecord => "一份档案";

    public override string NewPermission => "新建授权";

    public override string End => "终止";

    public override string EndTitle => "终止此授权？";

    public override string EndText => "从现在起对方不能再打开任何档案，新档案将使用新密钥。但对方已经看过的内容无法收回。";

    public override string EndNow => "立即终止";

    public override string KeepIt => "保留";

    public override string Ended => "授权已终止。";

    public override string EndWaits => "您已终止授权，尚未写入账本，钱包会自动继续。";

    public override string AskThemForInvitation => "请先向对方索取链接或二维码，然后在此选择允许查看的内容。";

    public override string NothingToShare => "请先连接保存您档案的医院。";

    public override string What => "内容";

    public override string Why => "用途";

    public override string HowLong => "期限";

    public override string AlsoFuture => "也包括今后的新档案";

    public override string Allow => "允许";

    public override string GrantedInPart => "目前只允许了其中一部分，详情见“共享”。其余部分需要对方重新申请。";

    public override string GrantWaits => "您已允许，尚未完成，钱包会自动继续。";

    public override string AlarmsTitle => "发现异常";

    public override string LogComplete => "没有遗漏：每一行都已在本设备上验证。";

    public override string LogIncomplete => "并非所有机构都有回应，可能有遗漏，钱包下次会再次询问。";

    public override string Organisation => "机构";

    public override string Everybody => "全部";

    public override string SaveTable => "保存为表格（CSV）";

    public override string SaveAuditEvents => "保存给其他健康应用（FHIR）";

    public override string LanguageName => "语言";

    public override string Theme => "浅色或深色";

    public override string LargeText => "大号文字";

    public override string Safety => "安全";

    public override string ChangePin => "更改 PIN 码";

    public override string ShowWords => "显示我的 24 个单词";

    public override string ShownWordsText => "请勿让他人看到此页面。";

    public override string HideWords => "隐藏单词";

    public override string RemoveWallet => "从本设备移除钱包";

    public override string RemoveText => "只有 24 个单词才能恢复。您的档案和授权保持不变。";

    public override string YourData => "您的数据";

    public override string ExportText => "包含您全部档案的一个文件，采用医院通用格式（FHIR），未加密。";

    public override string About => "关于此钱包";

    public override string PinnedByInvitation => "本网络已由医院邀请确认。";

    public override string PinnedByNode => "本网络由提供此应用的医院指定，尚未由邀请确认。";

    public override string TitleOf(ScreenName screen) => screen switch
    {
        ScreenName.Home => "首页",
        ScreenName.Connect => "连接",
        ScreenName.Records => "我的档案",
        ScreenName.Record => "档案",
        ScreenName.Sharing => "授权",
        ScreenName.ShareNew => "新建授权",
        ScreenName.Request => "请求",
        ScreenName.Looked => "谁看过",
        ScreenName.Settings => "设置",
        ScreenName.Emergency => "紧急情况",
        ScreenName.Erased => "已删除的档案",
        ScreenName.Guardians => "守护人",
        ScreenName.Acting => "代我行事的人",
    };

    public override string TabOf(ScreenName screen) => screen == ScreenName.Records ? "档案" : TitleOf(screen);

    public override string NameOf(Category category) => category switch
    {
        Category.Demographics => "个人信息",
        Category.Problems => "诊断与过敏",
        Category.Medications => "用药",
        Category.Laboratory => "化验",
        Category.Observations => "测量",
        Category.Imaging => "影像",
        Category.Immunizations => "疫苗接种",
        Category.Procedures => "手术与操作",
        Category.Encounters => "就诊",
        Category.Documents => "信件与文件",
        Category.Financial => "保险与账单",
        Category.SocialHistory => "社会史",
        Category.MentalHealth => "心理健康",
        Category.SubstanceUse => "酒精与药物使用",
        Category.ReproductiveHealth => "生殖健康",
        Category.SexuallyTransmittedInfections => "性传播感染",
        Category.Genetics => "基因",
    };

    public override string NameOf(PurposeOfUse purpose) => purpose.Code switch
    {
        "TREAT" => "治疗",
        "COC" => "协调护理",
        "ETREAT" => "紧急治疗",
        "BTG" => "未经询问的紧急查看",
        "HPAYMT" => "付款",
        "COVAUTH" => "保险授权",
        "CLMATTCH" => "理赔",
        "HOPERAT" => "医院运营",
        "HRESCH" => "研究",
        "PUBHLTH" => "公共卫生",
        "PATRQT" => "本人要求",
        "FAMRQT" => "家属要求",
        var code => code,
    };

    public override string ResourceName(string type) => type switch
    {
        "Patient" => "个人信息",
        "Observation" => "测量",
        "DiagnosticReport" => "报告",
        "Condition" => "诊断",
        "MedicationRequest" => "处方",
        "Immunization" => "疫苗接种",
        "Procedure" => "操作",
        "DocumentReference" => "文件",
        "Encounter" => "就诊",
        "" => "档案",
        _ => type,
    };

    public override string ThemeName(string theme) => theme switch
    {
        "light" => "浅色",
        "dark" => "深色",
        _ => "跟随设备",
    };

    public override string DayOf(DateTime day) => day.ToString("yyyy'年'M'月'd'日'", CultureInfo.InvariantCulture);

    public override string DateOf(string fhir) => FhirDate.Parse(fhir) switch
    {
        { Length: FhirDate.Part.Year } date => date.Day.ToString("yyyy'年'", CultureInfo.InvariantCulture),
        { Length: FhirDate.Part.Month } date => date.Day.ToString("yyyy'年'M'月'", CultureInfo.InvariantCulture),
        { } date => DayOf(date.Day),
        null => fhir,
    };

    public override string When(DateTimeOffset? time) => time is { } known ? known.ToLocalTime().ToString("yyyy'年'M'月'd'日' HH:mm", CultureInfo.InvariantCulture) : "刚刚，尚未写入账本";

    public override string LengthOf(int days) => days switch
    {
        1 => "仅今天",
        365 => "1 年",
        _ => $"{days} 天",
    };

    public override string WordNumber(int number) => $"第 {number} 个单词";

    public override string ChoosePinText(int shortest) => $"用于在本设备上打开钱包，至少 {shortest} 个字符。几个只有您想得到的词语比数字安全得多。";

    public override string PinTooShort(int shortest) => $"至少需要 {shortest} 个字符。";

    public override string WrongPinWait(TimeSpan pause) => $"PIN 码不正确，请等待{Pause(pause)}后再试。";

    public override string InvitedBy(string label) => $"{label} 邀请了您。请先打开您的钱包。";

    public override string InvitationWaits(string label) => $"{label} 的邀请等待您处理。";

    public override string AlarmsWait(int count) => $"查看记录中有 {count} 处异常。";

    public override string RequestWaits(string name) => $"{name} 请求查看您的档案。";

    public override string RequestAnswered => "此请求已处理，或已不存在。";

    public override string DaysOf(int days) => days == 1 ? LengthOf(1) : $"{days} 天";

    public override string AsksToRead(string name) => $"{name} 请求查看您的档案。由您决定内容、用途和期限。";

    public override string WantsToConnect(string name) => $"{name} 将您的档案交到您手中：用只有此钱包拥有的密钥加密。";

    public override string Connected(string name, ulong total) => $"您已与 {name} 连接，正用您的密钥加密 {total} 份档案。";

    public override string ConnectedWith(string name) => $"已连接 {name}";

    public override string MaySee(string name) => $"{name} 可以查看：";

    public override string Granted(string name) => $"{name} 现在可以查看。";

    public override string OfRecordsBy(string author) => $"{author} 的档案。";

    public override string EndedPermissions(int count) => $"已终止的授权（{count}）";

    public override string RecordCount(int count) => $"{count} 份档案";

    public override string RecordsAsOf(DateTimeOffset time) => $"无法联系医院。您看到的是本设备保存的内容，截至 {When(time)}。";

    public override string LookCount(int count) => $"{count} 次查看";

    public override string Fresh(DateTimeOffset time) => $"已是最新，{When(time)}";

    public override string AsOf(DateTimeOffset time) => $"截至 {When(time)}，无法获取更新的状态。";

    public override string WrittenBy(string author, DateTimeOffset time) => $"由 {author} 书写，{When(time)}。";

    public override string RecordProof(OwnRecord record) => record.AnchoredAt is { } time
        ? $"本设备已核对：该档案是该机构在此类别中关于您的第 {record.Number} 行，其指纹于 {When(time)} 写入账本，网络成员已对账本签名。任何人都无法暗中更改。"
        : "该档案尚未写入账本，一分钟内属正常。";

    public override string LocksItself(TimeSpan limit) => $"{limit.TotalMinutes:0} 分钟不使用，钱包会自动锁定。";

    public override string ExportAll(int count) => $"保存我的全部档案（{count}）";

    public override string Sentence(GrantSentence sentence, Func<OrganisationId, string> nameOf)
    {
        var who = sentence.Grantee is { } grantee ? nameOf(grantee) : "此钱包无法识别的机构";
        var what = string.Join("、", sentence.Categories.Select(NameOf)) + (sentence.IsSingle ? "中的个别档案" : "");
        return $"{who} {(sentence.Stands ? "可以" : "曾可以")}查看{what}，用于{string.Join("、", sentence.Purposes.Select(NameOf))}，至 {DayOf(LastDay(sentence.Days))}{(sentence.GrantedBy is { } by ? $"，由 {Delegation.NameOf(by)} 授权" : "")}。";
    }

    public override string DetailOf(GrantSentence sentence) => sentence.Status switch
    {
        GrantStatus.Waiting => "尚未完成，钱包会自动继续。",
        GrantStatus.NotYet => $"自 {DayOf(FirstDay(sentence.Days))} 起生效。",
        GrantStatus.Active => sentence.Future ? "包括新档案。" : "不包括新档案。",
        GrantStatus.Lapsed => "已到期。",
        GrantStatus.Ending => "您正在终止，尚未写入账本。",
        GrantStatus.Revoked => $"{(sentence.EndedBy is { } by ? $"{Delegation.NameOf(by)} " : "您")}于 {When(sentence.Grants.Max(grant => grant.RevokedAt))} 终止。",
    };

    public override string WhoLine(AccessEvent seen)
    {
        var who = seen.Person.Length == 0 ? "未具名人员" : seen.Role.Length == 0 ? seen.Person : $"{seen.Person}，{seen.Role}";
        return seen.Purpose is { } purpose ? $"{who}，用于{NameOf(purpose)}" : $"{who}，用途无法读取";
    }

    public override string WhatLine(AccessEvent seen) => seen.Kind switch
    {
        AccessKind.Searched => $"在{NameOf(seen.Category)}中搜索",
        AccessKind.Read => $"打开了{NameOf(seen.Category)}中的 {RecordCount(seen.Records.Count)}",
        AccessKind.EmergencyDeclared => $"宣布了紧急情况，24 小时内可以打开{NameOf(seen.Category)}",
        AccessKind.EmergencySearched => $"在紧急情况下，在{NameOf(seen.Category)}中搜索",
        AccessKind.EmergencyRead => $"在紧急情况下，打开了{NameOf(seen.Category)}中的 {RecordCount(seen.Records.Count)}",
        AccessKind.AuthorRead => seen.Records.Count == 0 ? $"在自己书写的{NameOf(seen.Category)}中搜索" : $"打开了自己书写的{NameOf(seen.Category)}中的 {RecordCount(seen.Records.Count)}",
    };

    public override string LookProof(AccessEvent seen, Func<OrganisationId, string> nameOf, DateTimeOffset? asOf)
    {
        var where = seen.Index is { } index ? $"此次查看是账本中的第 {index} 条，已在本设备上对照成员签名的状态验证{(asOf is { } time ? $"（{When(time)}）" : "")}。" : "此次查看尚未写入账本，一分钟内属正常。";
        var who = seen.OrganisationProven ? "该机构已签名确认所用密钥归其所有。" : "查看者身份未经证明。";
        var released = seen.Releases.Count == 0 ? "" : $"{string.Join("、", seen.Releases.Select(release => nameOf(release.Custodian)).Distinct())} 表示已交出其密钥份额。";
        return where + who + released;
    }

    public override string Say(OpenOutcome outcome) => outcome switch
    {
        OpenOutcome.Opened => "已打开。",
        OpenOutcome.WrongPin => "PIN 码不正确。",
        OpenOutcome.PasskeyRefused => "设备未能确认是您本人。请重试，或使用 PIN 码。",
        OpenOutcome.PasskeyWrong => "设备给出的密钥无法打开此钱包。请使用 PIN 码，并可在“设置”中重新开启。",
        OpenOutcome.NodeUnavailable => "医院服务器没有回应，请稍后再试。",
        OpenOutcome.OtherConsortium => "这属于另一个医院网络，请直接打开链接。",
    };

    public override string Say(RestoreOutcome outcome) => outcome.Source switch
    {
        RestoreSource.Nobody => "并非所有医院都有回应，且没有医院认识这些单词。下次恢复时钱包会再次询问。",
        _ when outcome.Relationships == 0 => "单词正确，但还没有医院认识它们。",
        _ => $"钱包已恢复：{outcome.Relationships} 家医院，{outcome.Grants} 项授权。",
    };

    public override string Say(GrantRefusal reason) => reason switch
    {
        GrantRefusal.BadOrder => "请选择内容、用途和期限。",
        GrantRefusal.NotConnected => NothingToShare,
        GrantRefusal.UnknownGrantee => NotAMember,
        GrantRefusal.UnknownRequest => "邀请已过期，请向对方索取新的邀请。",
        GrantRefusal.GranteeUnavailable => "对方暂时没有回应，请稍后再试。尚未授权任何内容。",
        GrantRefusal.GranteeNotProven => "回应者与所称身份不符。尚未授权任何内容。",
        GrantRefusal.NotDelegated => "您无权（或已无权）代此人这样做。尚未授权任何内容。",
        GrantRefusal.RecordsNotAvailable => "暂时无法获取这些档案。尚未授权任何内容。",
    };

    public override string Say(AlarmKind kind) => kind switch
    {
        AlarmKind.ForkedLog or AlarmKind.RewoundLog or AlarmKind.TamperedLog => "某成员展示的历史与先前签名的内容矛盾。",
        AlarmKind.TopicWithheld => "关于您的条目被隐瞒。",
        AlarmKind.LyingPeer => "某成员的回答不可能属实。",
        _ => "某成员行为异常。",
    };

    public override string Say(Finding finding, Func<OrganisationId, string> nameOf)
    {
        var who = finding.By is { } by ? nameOf(by) : "某成员";
        var what = finding.Category is { } category ? NameOf(category) : "您的档案";
        return finding.Kind switch
        {
            FindingKind.RowMissing => $"{who} 遗漏了{what}中的档案或查看记录。",
            FindingKind.RowsCut => $"{who} 展示的{what}档案或查看记录比以前少。",
            FindingKind.RowNotInLog => $"{who} 展示了{what}中账本未确认的内容。",
            FindingKind.RowNotFinalYet => $"{what}中有内容正在写入账本。",
            FindingKind.LateArrival => $"{what}中有档案较晚写入账本。",
            FindingKind.EndedEpoch => $"{what}中有档案正在重新加密。",
            FindingKind.ErasureUnanswered => $"有机构尚未确认已删除{what}中的档案。",
            FindingKind.ErasedYetServed => $"有机构声称已删除{what}中的档案，却仍在提供它。",
            FindingKind.NotOpenable => $"{what}中有档案无法打开。",
            FindingKind.UnreadableDetails => $"{who} 使其查看{what}的理由无法读取。",
            FindingKind.OtherOrganisation => $"{what}的一次查看声称请求者不是 {who}。",
            FindingKind.ReleaseWithoutEntry => $"{who} 交出了{what}中没有条目支持的密钥。",
            FindingKind.CustodianSilent => $"{who} 未说明交出了什么。",
            FindingKind.TopicIncomplete => $"无法确定{what}的条目是否齐全。",
            FindingKind.InvalidEntry => $"{what}中有违反规则的条目，没有效力。",
            FindingKind.NoAnswer => $"{who} 没有回应。",
            FindingKind.MemoUnreadable => $"此钱包无法读取{what}中的一项授权。",
            FindingKind.ActedByDelegate => "可以代您行事的人已代您操作。",
            FindingKind.DelegateBeyondScope => "可以代您行事的人授权了您未委托的内容，或无法证实的内容。请查看并终止该授权。",
            FindingKind.RecoveryPending => "有人正在向您的守护人索取此钱包。如果不是您本人，请拒绝。",
        };
    }

    private static string Pause(TimeSpan pause) => pause < TimeSpan.FromMinutes(1) ? $" {Math.Max(1, (int)Math.Ceiling(pause.TotalSeconds))} 秒" : pause < TimeSpan.FromHours(1) ? $" {(int)Math.Ceiling(pause.TotalMinutes)} 分钟" : "一小时";
}
