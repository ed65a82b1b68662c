/** Parts of a header, in the form of `headerForm`, that say its column is about a person. */
const personalParts = [
  ...['手机', '电话', '电邮', '邮箱', '邮件', '姓名', '收货人', '收件人', '联系人', '昵称', '会员名', '旺旺', '微信'],
  ...['地址', '身份证', '护照', '证件号', '银行卡', '支付宝账', '留言', '买家备注', '出生日期', '生日'],
  ...[
    'phone',
    'mobile',
    'telefon',
    'celular',
    'mail',
    'address',
    'street',
    'adresse',
    'straße',
    'direccion',
    'zipcode',
  ],
  ...['firstname', 'lastname', 'fullname', 'surname', 'vorname', 'nachname', 'username', 'nickname', 'recipient'],
  ...['customername', 'buyername', 'contactname', 'billingname', 'shippingname', 'receivername', 'consignee'],
  ...['passport', 'idcard', 'nationalid', 'ssn', 'iban', 'birthday', 'dateofbirth', 'openid', 'unionid', 'wechat'],
];

const personalNames = new Set(['name', 'tel', 'fax', 'zip', 'company', 'note', 'notes', 'ip', 'browserip']);

/**
 * Whether an unknown column's header sounds like a person's name, number or address. Such cells are not kept beside the
 * rows: a column withheld by mistake can be named in the contract, a phone number kept by mistake is a leak.
 */
export function soundsPersonal(header: string): boolean {
  const form = headerForm(header);
  return personalNames.has(form) || personalParts.some((part) => form.includes(part));
}

function headerForm(header: string): string {
  return header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '');
}
